import { parseServerUrl, type RestorableEngine } from '../../model/server-url.ts';
import { asSecretText, describeRefusal, type Format, type Reading, refused } from './reading.ts';

/** The URL of a PostgreSQL server, with what is needed to create a database there. */
export const postgresqlUrl = serverUrl(
  'postgresql',
  'postgresql://host:port/database, a user and a password before the host',
);

/** The URL of a MySQL or MariaDB server, with what is needed to create a database there. */
export const mysqlUrl = serverUrl('mysql', 'mysql://host:port, a user and a password before the host');

function serverUrl(engine: RestorableEngine, form: string): Format<string> {
  return {
    allowed: () => form,
    read(raw) {
      const text = asSecretText(raw);
      return 'why' in text ? text : readServerUrl(text.text, engine);
    },
    secretForms: passwordForms,
  };
}

function readServerUrl(text: string, engine: RestorableEngine): Reading<string> {
  if (/^\*+$/.test(text)) return refused('is a mask, as --print-config prints it, and not the URL');
  if (text === '' || text.trim() !== text) return refused(describeRefusal(text));
  if (!/^[!-~]+$/.test(text)) return refused('has a space, a line break or a character beyond ASCII');
  const server = parseServerUrl(text);
  const hint =
    'in a user or a password, "@", ":", "/", "?", "#" and "%" are written as %40, %3A, %2F, %3F, %23 and %25';
  if (typeof server === 'string') return refused(server, hint);
  if (server.engine !== engine) return refused('is the URL of a server of another engine');
  return { value: text };
}

/** The URL, and the password as it is written there and as it is sent. */
function passwordForms(text: string): string[] {
  const server = parseServerUrl(text);
  const sent = typeof server === 'string' ? undefined : server.password;
  const written = URL.parse(text)?.password;
  return [text, written, sent].filter((each): each is string => each !== undefined && each !== '');
}
