import { describe, expect, it } from 'vitest';
import { type Retried, Retries, type RetryPolicy, retry } from '../../src/concurrency/retry.ts';
import { FakeClock } from '../support/fake-clock.ts';

const calm = () => new AbortController().signal;
const passing = new Error('busy');
const final = new Error('no');

/** Fails so often, then returns the number of the attempt. */
function failing(times: number, error = passing) {
  return async (attempt: number) => {
    if (attempt <= times) throw error;
    return attempt;
  };
}

function policy(more: Partial<RetryPolicy> = {}) {
  const retried: Retried[] = [];
  return {
    retried,
    attempts: 3,
    mayPass: (error: unknown) => error === passing,
    onRetry: (one: Retried) => void retried.push(one),
    ...more,
  };
}

describe('a retry', () => {
  it('tries as often as it may, and waits in between', async () => {
    const clock = new FakeClock({ auto: true });
    const backoff = { clock, ms: (attempt: number) => 100 * attempt };
    const patient = policy({ backoff });
    expect(await retry(failing(2), patient, calm())).toBe(3);
    expect(clock.sleeps).toEqual([100, 200]);
    expect(patient.retried).toEqual([
      { error: passing, attempt: 1, delayMs: 100 },
      { error: passing, attempt: 2, delayMs: 200 },
    ]);
  });

  it('ends with the last error, or with what the policy makes of it', async () => {
    await expect(retry(failing(3), policy(), calm())).rejects.toBe(passing);
    const givenUp = (_: unknown, attempts: number, bound: string) => new Error(`${attempts} ${bound}`);
    await expect(retry(failing(3), policy({ givenUp }), calm())).rejects.toThrow('3 in a row');
  });

  it('does not repeat what cannot pass', async () => {
    const strict = policy();
    await expect(retry(failing(1, final), strict, calm())).rejects.toBe(final);
    expect(strict.retried).toEqual([]);
  });

  it('ends at once with the reason of its signal, also while it waits', async () => {
    const clock = new FakeClock();
    const stop = new AbortController();
    const ended = retry(failing(1), policy({ backoff: { clock, ms: () => 1000 } }), stop.signal);
    await clock.advance(999);
    stop.abort(final);
    await expect(ended).rejects.toBe(final);
    expect(clock.sleeping).toBe(0);
    await expect(retry(failing(1), policy(), stop.signal)).rejects.toBe(final);
  });

  it('counts anew after progress, but not without end', async () => {
    const givenUp = (_: unknown, attempts: number, bound: string) => new Error(`${attempts} ${bound}`);
    const attempts = new Retries(policy({ attempts: 2, attemptsInAll: 5, givenUp }));
    await attempts.failed(passing, calm());
    await attempts.failed(passing, calm(), true);
    await attempts.failed(passing, calm());
    await attempts.failed(passing, calm(), true);
    await expect(attempts.failed(passing, calm(), true)).rejects.toThrow('5 in all');
    const stuck = new Retries(policy({ attempts: 2, attemptsInAll: 5, givenUp }));
    await stuck.failed(passing, calm(), true);
    await stuck.failed(passing, calm());
    await expect(stuck.failed(passing, calm())).rejects.toThrow('2 in a row');
  });
});
