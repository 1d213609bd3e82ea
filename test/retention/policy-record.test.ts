import { describe, expect, test } from 'vitest';
import { isSamePolicy, parsePolicyRecord, policyRecord } from '../../src/retention/policy-record.ts';
import { NO_RULES } from './golden-table.ts';

const at = new Date('2026-06-01T00:00Z');
const policy = { ...NO_RULES, keepLast: 7, keepWithin: '90d' };
const record = policyRecord('orders', 'ad-1', policy, at);

describe('policyRecord', () => {
  test('is read back as it was written', () => {
    expect(parsePolicyRecord(JSON.stringify(record))).toEqual({
      version: 1,
      database: 'orders',
      addonId: 'ad-1',
      policy:
        'keepLast=7 keepDaily=0 keepWeekly=0 keepMonthly=0 keepYearly=0 keepWithin=90d minKeep=1 timezone=UTC',
      carriedOutAt: '2026-06-01T00:00:00.000Z',
    });
  });

  test.each([
    ['no JSON', '{'],
    ['null', 'null'],
    ['a text', '"keepLast=7"'],
    ['of a later version', JSON.stringify({ ...record, version: 2 })],
    ...(['version', 'database', 'addonId', 'policy', 'carriedOutAt'] as const).flatMap((field) => [
      [`without "${field}"`, JSON.stringify({ ...record, [field]: undefined })],
      [`with an object as "${field}"`, JSON.stringify({ ...record, [field]: {} })],
    ]),
  ])('is none where the object is %s', (_, text) => {
    expect(parsePolicyRecord(text)).toBeUndefined();
  });
});

describe('isSamePolicy', () => {
  test('looks at the rules, not at when they were carried out', () => {
    expect(isSamePolicy(record, policyRecord('orders', 'ad-1', { ...policy }, new Date(0)))).toBe(true);
  });

  test.each([
    ['another rule', policyRecord('orders', 'ad-1', { ...policy, keepLast: 6 }, at)],
    ['another database of this name', policyRecord('orders', 'ad-2', policy, at)],
    ['another name', policyRecord('shop', 'ad-1', policy, at)],
    ['nothing', undefined],
  ])('is false for %s', (_, other) => {
    expect(isSamePolicy(record, other)).toBe(false);
  });

  test('no "keepWithin" and a zero one are the same rule', () => {
    const without = policyRecord('orders', 'ad-1', { ...policy, keepWithin: undefined }, at);
    const zero = policyRecord('orders', 'ad-1', { ...policy, keepWithin: '0d' }, at);
    expect(isSamePolicy(without, zero)).toBe(true);
    expect(isSamePolicy(without, record)).toBe(false);
  });
});
