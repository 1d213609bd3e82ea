import type { S3Client } from '@aws-sdk/client-s3';
import type { EventLog } from '../../../ports/event-log.ts';

/** A command of the SDK, as `S3Client.send` takes it. */
export type S3Command = Parameters<S3Client['send']>[0];

/** What every command is sent with. */
export interface RequestOptions {
  readonly abortSignal: AbortSignal;
  /** Milliseconds for one try of the SDK, its response included; all tries together have twice as much. */
  readonly requestTimeout: number;
  /** Bytes of an object that should be small. It is read with its response, and sent for again with it; more is cut off. */
  readonly most?: number;
}

/** What is known of one command on its way. */
export interface Call {
  /** `HeadObject archives/shop/…` */
  readonly operation: string;
  /** That of the run that sent it. */
  readonly log: EventLog | undefined;
  /** Ends it. */
  readonly signal: AbortSignal | undefined;
}

const LOGS = new WeakMap<object, EventLog>();
const SIGNALS = new WeakMap<object, AbortSignal>();

/** The same client, whose requests speak to this log. */
export function loggedClient(client: S3Client, log: EventLog): S3Client {
  const send = client.send.bind(client) as (command: S3Command, options: RequestOptions) => Promise<unknown>;
  const logged: typeof send = (command, options) => {
    LOGS.set(command, log);
    return send(command, options);
  };
  return Object.create(client, { send: { value: logged } }) as S3Client;
}

/** What ends a command. */
export function noteSignal(command: S3Command, signal: AbortSignal): void {
  SIGNALS.set(command, signal);
}

/** What a middleware is given besides the request, as far as it is read here. */
export interface CommandContext {
  readonly commandName?: string;
  readonly __smithy_context?: Readonly<Record<string, unknown>>;
}

/** The call that a middleware is part of. */
export function callOf(context: CommandContext): Call {
  const command = context.__smithy_context?.commandInstance as
    | { readonly input?: Readonly<Record<string, unknown>> }
    | undefined;
  const name = (context.commandName ?? 'request').replace(/Command$/, '');
  const { Bucket: bucket, Key: key, Prefix: prefix, PartNumber: part } = command?.input ?? {};
  const object = key ?? prefix;
  const where = object === undefined ? bucket : `${bucket}/${object}`;
  return {
    log: command === undefined ? undefined : LOGS.get(command),
    signal: command === undefined ? undefined : SIGNALS.get(command),
    operation: `${name}${part === undefined ? '' : ` ${part} of`} ${where}`,
  };
}
