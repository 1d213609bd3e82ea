import { describe, expect, it } from 'vitest';
import type { LeaseRecord } from '../../../src/ports/lease.ts';
import { calm, failureOf, startStore } from './store-fixture.ts';

const LEASE: LeaseRecord = {
  holder: 'run-1',
  host: 'machine',
  pid: 42,
  processTable: 'boot pid:[1]',
  acquiredAt: '2026-01-01T00:00:00.000Z',
  renewedAt: '2026-01-01T00:00:00.000Z',
};
const KEY = 'p/.locks/shop.json';

describe('a lease in the bucket', () => {
  it('comes back as it was written, at its place', async () => {
    await using fixture = await startStore({ prefix: 'p/' });
    const { leases } = fixture.store;
    expect(await leases.readLease('shop', calm())).toBeUndefined();
    const version = await leases.writeLease('shop', LEASE, undefined, calm());
    expect(fixture.s3.keys()).toEqual([KEY]);
    expect(await leases.readLease('shop', calm())).toEqual({ record: LEASE, version });
    await leases.removeLease('shop', calm());
    await leases.removeLease('shop', calm());
    expect(fixture.s3.keys()).toEqual([]);
  });

  it('is written by one of two only', async () => {
    await using fixture = await startStore();
    const { leases } = fixture.store;
    const version = await leases.writeLease('shop', LEASE, undefined, calm());
    const late = await failureOf(leases.writeLease('shop', { ...LEASE, holder: 'run-2' }, undefined, calm()));
    expect(late).toMatchObject({ code: 's3.precondition_failed', details: { status: 412 } });

    const renewed = { ...LEASE, renewedAt: '2026-01-01T00:00:10.000Z' };
    await leases.writeLease('shop', renewed, version, calm());
    const stale = await failureOf(leases.writeLease('shop', { ...LEASE, holder: 'run-2' }, version, calm()));
    expect(stale.code).toBe('s3.precondition_failed');
    expect((await leases.readLease('shop', calm()))?.record).toEqual(renewed);
  });

  it('changes its version with every renewal', async () => {
    await using fixture = await startStore({}, { quirks: { conditionalWrites: 'ignored' } });
    const { leases } = fixture.store;
    const first = await leases.writeLease('shop', LEASE, undefined, calm());
    const later = { ...LEASE, renewedAt: '2026-01-01T00:00:10.000Z' };
    expect(await leases.writeLease('shop', later, first, calm())).not.toBe(first);
  });

  it('is written without conditions at a store that turns them down', async () => {
    await using fixture = await startStore({}, { quirks: { conditionalWrites: 'refused' } });
    const { leases } = fixture.store;
    const version = await leases.writeLease('shop', LEASE, undefined, calm());
    const renewed = { ...LEASE, renewedAt: '2026-01-01T00:00:10.000Z' };
    await leases.writeLease('shop', renewed, version, calm());
    expect((await leases.readLease('shop', calm()))?.record).toEqual(renewed);
  });

  it('is renewed by one of two only at a store that compares the ETag without its quotes', async () => {
    await using fixture = await startStore({}, { quirks: { conditionalWrites: 'without quotes' } });
    const { leases } = fixture.store;
    const version = await leases.writeLease('shop', LEASE, undefined, calm());
    const renewed = { ...LEASE, renewedAt: '2026-01-01T00:00:10.000Z' };
    const next = await leases.writeLease('shop', renewed, version, calm());
    expect(await leases.readLease('shop', calm())).toEqual({ record: renewed, version: next });
    const stale = await failureOf(leases.writeLease('shop', { ...LEASE, holder: 'run-2' }, version, calm()));
    expect(stale.code).toBe('s3.precondition_failed');
    expect(await leases.readLease('shop', calm())).toEqual({ record: renewed, version: next });
  });

  it.each(['', 'no JSON', '[]', 'null', '{"holder":1}', '{"holder":"h","host":"x"}'])(
    'that is none of ours (%o) is held by nobody that we know',
    async (text) => {
      await using fixture = await startStore({ prefix: 'p/' });
      fixture.s3.put(KEY, text);
      const stored = await fixture.store.leases.readLease('shop', calm());
      expect(stored).toMatchObject({ record: null, version: expect.stringMatching(/^"?\w{32}"?$/) });
    },
  );

  it('that may not be written says which right is missing', async () => {
    await using fixture = await startStore();
    fixture.s3.fail({ operation: 'PutObject', fault: { kind: 'error', code: 'AccessDenied' } });
    expect(await failureOf(fixture.store.leases.writeLease('shop', LEASE, undefined, calm()))).toMatchObject({
      code: 's3.forbidden',
      message: expect.stringContaining('PutObject archives/.locks/shop.json'),
    });
  });
});
