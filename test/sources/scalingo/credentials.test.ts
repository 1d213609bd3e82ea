import { describe, expect, it } from 'vitest';
import { ScalingoError } from '../../../src/sources/scalingo/api/scalingo-error.ts';
import { RenewedCredentials } from '../../../src/sources/scalingo/auth/credentials.ts';
import { lifetimeOf } from '../../../src/sources/scalingo/auth/token-lifetime.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { calm, jwt } from './scalingo-fixture.ts';

const MINUTE = 60_000;

describe('the lifetime of a token', () => {
  const now = Date.UTC(2026, 0, 1);
  const renewIn = (token: string) => (lifetimeOf(token, now).renewAt - now) / MINUTE;

  it.each([
    ['an hour: five minutes before its end', jwt('a', now, 3600), 55],
    ['four minutes: at half', jwt('a', now, 240), 2],
    ['our clock an hour and more ahead: by its own life', jwt('a', now - 120 * MINUTE, 3600), 55],
    ['our clock a day behind: by its own life', jwt('a', now + 1440 * MINUTE, 3600), 55],
    ['ended for good: bounded', jwt('a', now - 120 * MINUTE, 0), 30],
    ['no JWT', 'opaque-token', 30],
    ['no JSON in it', 'a.b.c', 30],
    ['no exp', `a.${Buffer.from('{"sub":"x"}').toString('base64url')}.c`, 30],
    ['exp a text', `a.${Buffer.from('{"exp":"soon"}').toString('base64url')}.c`, 30],
    ['JSON null', `a.${Buffer.from('null').toString('base64url')}.c`, 30],
  ])('%s', (_name, token, minutes) => {
    expect(renewIn(token)).toBe(minutes);
  });
});

/** Credentials whose tokens are asked of the test. */
function setUp() {
  const clock = new FakeClock();
  const asked: { give: (token: string) => void; fail: (error: Error) => void; signal: AbortSignal }[] = [];
  const credentials = new RenewedCredentials(clock, (signal) => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    asked.push({ give: resolve, fail: reject, signal });
    return promise;
  });
  const first = async (): Promise<string> => {
    const token = jwt(`t${asked.length}`, clock.now());
    const wanted = credentials.token(calm());
    asked.at(-1)?.give(token);
    return wanted;
  };
  return { clock, asked, credentials, first };
}

describe('renewed credentials', () => {
  it('keep a token until five minutes before its end', async () => {
    const { clock, asked, credentials, first } = setUp();
    const token = await first();
    await clock.advance(55 * MINUTE - 1);
    expect(await credentials.token(calm())).toBe(token);
    expect(asked).toHaveLength(1);
    await clock.advance(1);
    const renewed = credentials.token(calm());
    expect(asked).toHaveLength(2);
    asked[1]?.give('second');
    expect(await renewed).toBe('second');
  });

  it('let concurrent callers share one renewal', async () => {
    const { asked, credentials } = setUp();
    const callers = Array.from({ length: 5 }, () => credentials.token(calm()));
    expect(asked).toHaveLength(1);
    asked[0]?.give('shared');
    expect(await Promise.all(callers)).toEqual(Array(5).fill('shared'));
  });

  it('go on for the others when one caller is aborted, and stop when the last one is', async () => {
    const { asked, credentials } = setUp();
    const [one, two] = [new AbortController(), new AbortController()];
    const first = credentials.token(one.signal);
    const second = credentials.token(two.signal);
    one.abort(new Error('first left'));
    await expect(first).rejects.toThrow('first left');
    expect(asked[0]?.signal.aborted).toBe(false);
    two.abort(new Error('second left'));
    await expect(second).rejects.toThrow('second left');
    expect(asked[0]?.signal.aborted).toBe(true);
    const third = credentials.token(calm());
    expect(asked).toHaveLength(2);
    asked[1]?.give('third');
    expect(await third).toBe('third');
  });

  it('share a failure too, and ask anew afterwards', async () => {
    const { asked, credentials } = setUp();
    const callers = [credentials.token(calm()), credentials.token(calm())];
    asked[0]?.fail(new Error('down'));
    for (const caller of callers) await expect(caller).rejects.toThrow('down');
    const next = credentials.token(calm());
    asked[1]?.give('up');
    expect(await next).toBe('up');
  });

  it('forget a refused token, but not the one that replaced it meanwhile', async () => {
    const { asked, credentials, first } = setUp();
    const old = await first();
    credentials.refuse(old);
    const renewed = credentials.token(calm());
    asked[1]?.give('new');
    await renewed;
    credentials.refuse(old);
    expect(await credentials.token(calm())).toBe('new');
    expect(asked).toHaveLength(2);
  });

  it('use the old token while it lives when the early renewal fails for the moment', async () => {
    const { clock, asked, credentials, first } = setUp();
    const token = await first();
    await clock.advance(56 * MINUTE);
    const outage = new ScalingoError('scalingo.unavailable', 'down', {
      operation: 'POST /x',
      retryable: true,
    });
    const early = credentials.token(calm());
    asked[1]?.fail(outage);
    expect(await early).toBe(token);
    expect(await credentials.token(calm())).toBe(token);
    expect(asked).toHaveLength(2);
    await clock.advance(4 * MINUTE);
    const ended = credentials.token(calm());
    asked[2]?.fail(outage);
    await expect(ended).rejects.toBe(outage);
  });

  it('do not cling to the old token when the renewal is refused', async () => {
    const { clock, asked, credentials, first } = setUp();
    await first();
    await clock.advance(56 * MINUTE);
    const refusal = new ScalingoError('scalingo.unauthorized', 'revoked', { operation: 'POST /x' });
    const early = credentials.token(calm());
    asked[1]?.fail(refusal);
    await expect(early).rejects.toBe(refusal);
  });

  it('renew when the clock was set back before the receipt', async () => {
    const { clock, asked, credentials, first } = setUp();
    await first();
    clock.set(clock.now() - 86_400_000);
    const again = credentials.token(calm());
    expect(asked).toHaveLength(2);
    asked[1]?.give('again');
    expect(await again).toBe('again');
  });
});
