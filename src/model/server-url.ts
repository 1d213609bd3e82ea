/** The engines whose dumps can be restored here. */
export type RestorableEngine = 'postgresql' | 'mysql';

/** A database server, and who speaks to it. */
export interface DatabaseServer {
  readonly engine: RestorableEngine;
  /** A name, an address, or of PostgreSQL the folder of a Unix socket; `undefined`: the client's own default. */
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** The database that the URL names. */
  readonly database: string | undefined;
  /** What else it says, by the name of the parameter: only those of `PARAMETERS`. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** Schemes that name an engine. */
const SCHEMES: Readonly<Record<string, RestorableEngine>> = {
  'postgres:': 'postgresql',
  'postgresql:': 'postgresql',
  'mysql:': 'mysql',
  'mariadb:': 'mysql',
};

/**
 * Parameters that a URL may have: those of libpq (https://www.postgresql.org/docs/current/libpq-connect.html), those of
 * the clients of MySQL (https://dev.mysql.com/doc/refman/8.4/en/connection-options.html), and the two of
 * its driver for Java, which URLs of hosted databases often have.
 */
export const PARAMETERS: Readonly<Record<RestorableEngine, readonly string[]>> = {
  postgresql: ['host', 'user', 'sslmode', 'sslrootcert', 'connect_timeout'],
  mysql: ['socket', 'ssl-mode', 'ssl-ca', 'useSSL', 'verifyServerCertificate'],
};

/**
 * Reads `postgresql://user:password@host:port/database?sslmode=require`, or the same with `mysql://`.
 * @returns the server, or what is wrong with the text, without any of it but the name of a parameter
 */
export function parseServerUrl(text: string): DatabaseServer | string {
  const url = /^[!-~]+$/.test(text) ? URL.parse(text) : null;
  if (url === null) return 'is no URL';
  const engine = SCHEMES[url.protocol];
  if (engine === undefined) return 'does not begin with postgresql:// or mysql://';
  if (url.hash !== '') return 'has a "#", which is written as %23 in a user or a password';
  const parameters = Object.fromEntries(url.searchParams);
  const unknown = Object.keys(parameters).find((name) => !PARAMETERS[engine].includes(name));
  if (unknown !== undefined) {
    const name = /^[\w-]{1,40}$/.test(unknown) ? ` ${unknown}` : '';
    return `has a parameter${name} that is not known here; known are ${PARAMETERS[engine].join(', ')}`;
  }
  // One that has a quote or a line break could say another option to a client.
  if (Object.values(parameters).some((value) => /["'\\\p{Cc}]/u.test(value)))
    return 'has a damaged parameter';
  try {
    const [user, password, host] = [url.username, url.password, url.hostname].map(decodeURIComponent);
    const database = decodeURIComponent(url.pathname.replace(/^\//, ''));
    const port = url.port === '' ? undefined : Number(url.port);
    if ([user, password, host, database].some((part) => /\p{Cc}/u.test(part ?? '')))
      return 'has a control character';
    return {
      engine,
      host: (parameters.host ?? host)?.replace(/^\[|\]$/g, '') || undefined,
      port,
      user: user || parameters.user || undefined,
      password: password || undefined,
      database: database || undefined,
      parameters,
    };
  } catch {
    return 'has a "%" that begins no escape';
  }
}

/** The server, as a message may name it: without the password. */
export function describeServer({ engine, host, port }: DatabaseServer): string {
  return `${engine === 'mysql' ? 'MySQL' : 'PostgreSQL'} at ${host ?? 'its default address'}${port === undefined ? '' : `:${port}`}`;
}
