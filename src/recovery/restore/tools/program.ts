import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { toolMissing } from '../restore-error.ts';

/** Of the environment, what a client may need; never the keys of the store. */
const HANDED_ON =
  /^(?:PATH|HOME|USER|LOGNAME|TMPDIR|TZ|LD_LIBRARY_PATH|PGPASSFILE|PGSSL\w+|KRB5\w+|SSL_CERT_\w+)$/;

/** One call of one of the engine's own tools. */
export interface ToolCall {
  readonly program: string;
  /** They show in `ps`: no password among them. */
  readonly args: readonly string[];
  /** Besides what `toolEnvironment` hands on. */
  readonly env: Readonly<Record<string, string>>;
}

/** The environment of a tool: messages in English, and no secret but those of the call. */
export function toolEnvironment(own: Readonly<Record<string, string>>): Record<string, string | undefined> {
  const handedOn = Object.entries(process.env).filter(([name]) => HANDED_ON.test(name));
  return { ...Object.fromEntries(handedOn), LC_ALL: 'C', ...own };
}

/** The first of these that is on the PATH. @throws ArchiverError `restore.tool_missing` */
export async function findProgram(...programs: readonly string[]): Promise<string> {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  for (const path of programs.flatMap((program) => folders.map((folder) => join(folder, program)))) {
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  throw toolMissing(programs);
}
