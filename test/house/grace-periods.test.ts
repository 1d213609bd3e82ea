import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { STOP_BOUND } from '../../src/process/shutdown.ts';

const read = (path: string): unknown =>
  parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'));

/** Who kills the program sooner than this takes its lease with it, and the next one waits for nothing. */
const LEAST = STOP_BOUND / 1000 + 5;

test('the chart waits for the program to stop, and takes no shorter patience', () => {
  const values = read('helm/backup-archiver/values.yaml') as { terminationGracePeriodSeconds: number };
  const schema = read('helm/backup-archiver/values.schema.json') as {
    properties: { terminationGracePeriodSeconds: { minimum: number } };
  };
  expect(values.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(LEAST);
  expect(schema.properties.terminationGracePeriodSeconds.minimum).toBe(LEAST);
});

test.each(['docker-compose.yml', 'docker-compose.production.yml'])('%s does too', (file) => {
  const { services } = read(file) as { services: { archiver: { stop_grace_period: string } } };
  const [, seconds] = /^(\d+)s$/.exec(services.archiver.stop_grace_period) ?? [];
  expect(Number(seconds)).toBeGreaterThanOrEqual(LEAST);
});
