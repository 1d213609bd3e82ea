import { describe, expect, it } from 'vitest';
import { type DatabaseServer, parseServerUrl } from '../../../src/model/server-url.ts';
import { MysqlClient } from '../../../src/recovery/restore/mysql/client.ts';
import { connectionEnvironment } from '../../../src/recovery/restore/postgresql/psql.ts';
import { objectionTo } from '../../../src/recovery/restore/restore-archive.ts';

function serverOf(url: string): DatabaseServer {
  const server = parseServerUrl(url);
  if (typeof server === 'string') throw new Error(server);
  return server;
}

describe('the clients of PostgreSQL', () => {
  it('get all that the URL says in their environment', () => {
    const server = serverOf(
      'postgresql://me:p%40ss@db.example.com:5433/x?sslmode=verify-full&sslrootcert=/ca.pem',
    );
    expect(connectionEnvironment(server, 'y')).toEqual({
      PGHOST: 'db.example.com',
      PGPORT: '5433',
      PGUSER: 'me',
      PGPASSWORD: 'p@ss',
      PGDATABASE: 'y',
      PGSSLMODE: 'verify-full',
      PGSSLROOTCERT: '/ca.pem',
      PGCONNECT_TIMEOUT: '15',
      PGAPPNAME: 'backup-archiver',
      PGCLIENTENCODING: 'UTF8',
    });
  });
});

describe('the client of MySQL', () => {
  const call = (url: string, version = 'mysql  Ver 8.4.3') =>
    new MysqlClient('/usr/bin/mysql', version, serverOf(url)).call('y', '--batch');

  it('gets the password in its environment, and nothing of the files of its user', () => {
    const { args, env } = call('mysql://me:p%40ss@db.example.com:3307/x');
    expect(env).toEqual({ MYSQL_PWD: 'p@ss' });
    expect(args[0]).toBe('--no-defaults');
    expect(args).toEqual(
      expect.arrayContaining([
        '--host=db.example.com',
        '--protocol=TCP',
        '--port=3307',
        '--user=me',
        '--batch',
      ]),
    );
    expect(args.at(-1)).toBe('--database=y');
    expect(args.join(' ')).not.toMatch(/ssl|p@ss/);
  });

  it('goes by a socket where the URL says so', () => {
    const { args } = call('mysql://me@localhost/?socket=/run/mysqld/mysqld.sock');
    expect(args).toContain('--socket=/run/mysqld/mysqld.sock');
    expect(args.join(' ')).not.toMatch(/host|protocol/);
  });

  it.each([
    [
      '?ssl-mode=REQUIRED&ssl-ca=/ca.pem',
      ['--ssl-ca=/ca.pem', '--ssl-mode=REQUIRED'],
      ['--ssl-ca=/ca.pem', '--ssl', '--disable-ssl-verify-server-cert'],
    ],
    ['?ssl-mode=verify_identity', ['--ssl-mode=VERIFY_IDENTITY'], ['--ssl', '--ssl-verify-server-cert']],
    [
      '?useSSL=true&verifyServerCertificate=false',
      ['--ssl-mode=REQUIRED'],
      ['--ssl', '--disable-ssl-verify-server-cert'],
    ],
    [
      '?useSSL=true&verifyServerCertificate=true',
      ['--ssl-mode=VERIFY_CA'],
      ['--ssl', '--ssl-verify-server-cert'],
    ],
    ['?useSSL=false', ['--ssl-mode=DISABLED'], ['--skip-ssl']],
    ['?ssl-mode=PREFERRED', ['--ssl-mode=PREFERRED'], []],
  ])('%s is said in the words of either client', (query, ofMysql, ofMariaDb) => {
    const options = (version: string) =>
      call(`mysql://db/${query}`, version).args.filter((each) => /ssl/.test(each));
    expect(options('mysql  Ver 8.4.3 for Linux')).toEqual(ofMysql);
    expect(options('mariadb  Ver 15.1 Distrib 10.11.6-MariaDB')).toEqual(ofMariaDb);
  });
});

describe('what a manifest says against a restore', () => {
  const postgresql = serverOf('postgresql://db/postgres');
  const place = { servers: { postgresql }, keep: false, jobs: 1, onLeft: () => {} };

  it.each([
    ['postgresql', undefined],
    [null, undefined],
    ['mysql', 'restore.no_server'],
    ['MariaDB', 'restore.no_server'],
    ['mongodb', 'restore.unsupported'],
    ['redis', 'restore.unsupported'],
    ['constructor', 'restore.unsupported'],
  ])('of %s: %s', (engine, code) => {
    expect(objectionTo('shop/a.tar.gz', engine, place)?.code).toBe(code);
  });
});
