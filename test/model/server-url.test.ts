import { describe, expect, test } from 'vitest';
import { describeServer, parseServerUrl } from '../../src/model/server-url.ts';

describe('the URL of a server', () => {
  test.each([
    [
      'postgresql://me:p%40ss@db.example.com:5433/shop?sslmode=require',
      {
        engine: 'postgresql',
        host: 'db.example.com',
        port: 5433,
        user: 'me',
        password: 'p@ss',
        database: 'shop',
        parameters: { sslmode: 'require' },
      },
    ],
    ['postgres://[::1]/', { engine: 'postgresql', host: '::1', user: undefined, database: undefined }],
    ['postgresql:///postgres?host=/run/postgresql&user=me', { host: '/run/postgresql', user: 'me' }],
    [
      'postgresql://me@%2Frun%2Fpostgresql:5433/postgres',
      { host: '/run/postgresql', port: 5433, user: 'me' },
    ],
    ['mysql://root@127.0.0.1:3307', { engine: 'mysql', host: '127.0.0.1', port: 3307, password: undefined }],
    ['mariadb://me:x@db/?useSSL=true&verifyServerCertificate=false', { engine: 'mysql', host: 'db' }],
  ])('%s is read', (text, expected) => {
    expect(parseServerUrl(text)).toMatchObject(expected);
  });

  test.each([
    ['', 'is no URL'],
    ['db.example.com', 'is no URL'],
    ['postgresql://a b', 'is no URL'],
    ['redis://db', 'does not begin with postgresql:// or mysql://'],
    ['mysql://a%0Ab@db', 'has a control character'],
    ['postgresql://db/%zz', 'has a "%" that begins no escape'],
  ])('%j is refused', (text, why) => {
    expect(parseServerUrl(text)).toBe(why);
  });

  test('is named without its password', () => {
    const server = parseServerUrl('postgresql://me:secret@db.example.com:5433/shop');
    expect(typeof server === 'string' ? server : describeServer(server)).toBe(
      'PostgreSQL at db.example.com:5433',
    );
  });
});
