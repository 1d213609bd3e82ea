import { describe, expect, it } from 'vitest';
import { HttpClient } from '../../../src/http/http-client.ts';
import { transportError } from '../../../src/sources/scalingo/api/scalingo-error.ts';
import { calm } from '../../stores/s3/store-fixture.ts';
import { fullPort, silentNames, silentPort } from '../../support/unreached.ts';

const KINDS = ['archive', 'api'] as const;
const TIMEOUTS = { lookup: 110, connect: 120, secureConnect: 130, response: 140, request: 5_000 };

async function ask(url: string, kind: (typeof KINDS)[number]) {
  const client = new HttpClient({ userAgent: 'tests', makeError: transportError, timeouts: TIMEOUTS });
  try {
    const request = {
      method: 'GET',
      url,
      operation: 'GET it',
      headers: {},
      kind,
      freshConnection: true,
    } as const;
    return (await client.open(request, calm())).failure?.error;
  } finally {
    client.close();
  }
}

/** Each request says what it waited for, of which host, and how long. */
describe.each(KINDS)('a request (%s) that gets nowhere is given up', (kind) => {
  it('while its host name is looked up', async () => {
    using _ = silentNames();
    expect(await ask('http://scalingo.test', kind)).toMatchObject({
      code: 'scalingo.timeout',
      message: 'GET it: gave up on scalingo.test after 110 ms, waiting for the host name to be looked up',
    });
  });

  it('while it waits for the connection', async () => {
    await using full = await fullPort();
    expect(await ask(`http://127.0.0.1:${full.port}`, kind)).toMatchObject({
      code: 'scalingo.timeout',
      message: `GET it: gave up on 127.0.0.1:${full.port} after 120 ms, waiting for the connection`,
    });
  });

  it('while it waits for the TLS handshake', async () => {
    await using silent = await silentPort();
    expect(await ask(`https://127.0.0.1:${silent.port}`, kind)).toMatchObject({
      code: 'scalingo.timeout',
      message: `GET it: gave up on 127.0.0.1:${silent.port} after 130 ms, waiting for the TLS handshake`,
    });
  });

  it('while it waits for the head of the response', async () => {
    await using silent = await silentPort();
    expect(await ask(`http://127.0.0.1:${silent.port}`, kind)).toMatchObject({
      code: 'scalingo.timeout',
      message: `GET it: gave up on 127.0.0.1:${silent.port} after 140 ms, waiting for a response`,
    });
  });
});
