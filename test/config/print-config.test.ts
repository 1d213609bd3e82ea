import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { exactDuration, exactSize } from '../../src/config/formats/units.ts';
import { printConfig } from '../../src/config/report/print-config.ts';
import type { Config } from '../../src/config/schema/config.ts';
import { settings } from '../../src/config/schema/schema.ts';
import { parseByteSize } from '../../src/text/byte-size.ts';
import { parseDuration } from '../../src/text/duration.ts';
import { CANARIES, load, SOUND, SOUND_BUT_DATABASES } from './workspace.ts';

const RICH = `
scalingo: { region: osc-secnum-fr1 }
databases:
  - { name: a, app: x, id: ad-11111111-2222-4333-8444-555555555555, backup: { mode: mirror, timeout: 90m } }
  - { name: b, app: x, id: ad-2, retention: { keepWithin: 0d, keepLast: 3 }, schedule: { jitter: 1500ms } }
schedule: { cron: "*/5 0 3 * * 1-5", timezone: Europe/Paris, runOnStart: yes }
retention: { keepDaily: 7, keepWithin: 18mo, minKeep: 2 }
transfer: { stallTimeout: 500ms, verifySize: off }
s3:
  prefix: team/prod
  endpoint: https://s3.fr-par.scw.cloud
  sse: aws:kms
  kmsKeyId: 1234abcd-12ab-34cd-56ef-1234567890ab
  objectLock: { mode: GOVERNANCE, days: 30 }
  tags: { team: data, "1": "no", "a:b": "" }
  partSize: 10000001B
  maxParts: 1000
`;

function withoutOrigin({ origin: _, ...config }: Config): Omit<Config, 'origin'> {
  return config;
}

test.each([
  ['defaults', undefined, SOUND],
  ['everything set', RICH, { ...SOUND_BUT_DATABASES, CONCURRENCY: '7' }],
])('what is printed reads back as the same: %s', (_name, yaml, env) => {
  const config = load(yaml === undefined ? { env } : { yaml, env });
  const again = load({ yaml: printConfig(config), env: CANARIES });
  expect(withoutOrigin(again)).toEqual(withoutOrigin(config));
  // And printing it again changes nothing but the names of the sources.
  const body = (text: string): string => text.replace(/^#.*\n/gm, '');
  expect(body(printConfig(again))).toBe(body(printConfig(config)));
});

test('every key of the schema is printed, in its order', () => {
  const tree: unknown = parse(printConfig(load({})));
  const keys = (value: unknown, prefix = ''): string[] =>
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0
      ? Object.entries(value).flatMap(([key, below]) => keys(below, `${prefix}${key}.`))
      : [prefix.slice(0, -1)];
  const expected = [...settings]
    .filter(([, { environmentOnly }]) => environmentOnly !== true)
    .map(([key]) => key);
  expect(keys(tree)).toEqual(expected);
});

test('the head says where it was read from', () => {
  const yaml = 'concurrency: 3';
  const head = printConfig(
    load({ yaml, env: { ...SOUND, LOG_LEVEL: 'debug' }, flags: { 'log.format': 'json' } }),
  );
  expect(head).toMatch(
    /^# The effective configuration of backup-archiver\. Secrets are masked\.\n# File: ".*\/config\/archiver\.yaml"\n/,
  );
  expect(head).toMatch(/^# Environment: .*\bS3_BUCKET\b.*\bLOG_LEVEL\b/m);
  expect(head).toMatch(/^# Command line: log\.format$/m);
  expect(printConfig(load({}))).toMatch(/^# File: none$/m);
});

test('durations and sizes are written as people do', () => {
  expect([0, 1, 1500, 90_000, 3_600_000, 604_800_000].map(exactDuration)).toEqual([
    '0s',
    '1ms',
    '1500ms',
    '90s',
    '1h',
    '7d',
  ]);
  expect([1, 1024, 64 * 2 ** 20, 5 * 2 ** 30].map(exactSize)).toEqual(['1B', '1KiB', '64MiB', '5GiB']);
});

test('and read back exactly', () => {
  const amount = fc.oneof(
    fc.nat(),
    fc.maxSafeNat(),
    fc.nat(1000).map((n) => n * 3_600_000),
    fc.nat(1000).map((n) => n * 2 ** 20),
  );
  fc.assert(
    fc.property(amount, (n) => {
      expect(parseDuration(exactDuration(n))).toBe(n);
      expect(parseByteSize(exactSize(n))).toBe(n);
    }),
  );
});
