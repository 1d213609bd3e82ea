import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { METRICS } from '../../src/observability/metrics/metric-catalog.ts';
import { namesOn } from '../observability/metrics/reading-metrics.ts';
import { openSandboxBucket } from '../support/sandbox-bucket.ts';
import type { BucketView } from '../support/test-store.ts';
import { World } from '../support/world.ts';
import { freePorts } from './free-ports.ts';

let bucket: BucketView;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ bucket, close } = await openSandboxBucket());
});
afterAll(() => close());

/** `promtool check metrics` (Debian's package prometheus): format, names, types, help. */
async function lint(page: string): Promise<{ code: number | null; complaints: string }> {
  const promtool = spawn('promtool', ['check', 'metrics'], { stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = new Promise<number | null>((resolve, reject) => {
    promtool.once('error', reject).once('close', resolve);
  });
  promtool.stdin.end(page);
  const [out, err] = await Promise.all([text(promtool.stdout), text(promtool.stderr)]);
  return { code: await ended, complaints: out + err };
}

test('promtool has nothing to say of the page of a daemon that has had a good and a bad run', async () => {
  await using world = await World.start(bucket);
  const databases = [
    world.scalingo.addDatabase({ app: 'good' }),
    world.scalingo.addDatabase({ app: 'bad', type: 'elasticsearch' }),
  ];
  const [port = 0] = await freePorts(1);
  const env = {
    ...world.environment(),
    HTTP_PORT: String(port),
    HTTP_HOST: '127.0.0.1',
    SCHEDULE_RUN_ON_START: 'true',
    ARCHIVER_CONFIG: await world.configFile({ databases }),
  };
  await using process = world.spawn(['daemon'], env);
  await process.event('run.completed');
  await process.event('run.failed');
  const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  process.kill('SIGTERM');
  expect((await process.finished()).code).toBe(0);
  expect(await lint(page)).toEqual({ code: 0, complaints: '' });
  expect(namesOn(page)).toEqual(expect.arrayContaining(Object.keys(METRICS)));
});

test('promtool would have something to say', async () => {
  const { code, complaints } = await lint('# TYPE things_total gauge\nthings_total 1\n');
  expect(code).toBe(3);
  expect(complaints).toContain('things_total');
});
