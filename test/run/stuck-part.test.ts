import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import { describe, expect, it, vi } from 'vitest';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import { SourceFaults } from '../../src/run/download/source-faults.ts';
import { copyParts, type PartReader, rangeOf } from '../../src/run/transfer/copy-parts.ts';
import { memoryLog } from '../support/memory-log.ts';
import { JobFixture, PART } from './job-fixture.ts';

const PARTS = 12;
const SIZE = (PARTS - 1) * PART + 4321;
const archive = syntheticArchive({ size: SIZE, seed: 'stuck' });
const PART_3 = { operation: 'UploadPart', partNumber: 3 } as const;
/** In milliseconds: a test cannot wait for ten seconds. */
const STUCK_AFTER = 300;

describe('a part that takes far longer than the others', () => {
  it.each([
    ['is not taken by the store', { kind: 'hang', after: 'headers' }],
    ['is taken, and no response comes', { kind: 'hang', after: 'body' }],
    ['is stored, and no response comes', { kind: 'hang', after: 'done' }],
  ] as const)('%s: sent again over another connection, once the first is closed', async (_, fault) => {
    await using fixture = await JobFixture.start({ archive });
    using requests = watchPart(3);
    fixture.s3.fail({ ...PART_3, fault });
    const { copying, events } = await copy(fixture);
    expect(await copying).toMatchObject({ size: SIZE, parts: PARTS });
    expect(await fixture.s3.read(fixture.keys()[0] ?? '')).toEqual(await bytesOf());
    expect(requests.openBefore).toEqual([0, 0]);
    expect(new Set(requests.ports).size).toBe(2);
    expect(fixture.s3.requested({ operation: 'UploadPart' })).toHaveLength(PARTS + 1);
    expect(events).toMatchObject([
      {
        level: 'warn',
        event: 'archive.retried',
        fields: {
          backupId: 'b1',
          attempt: 1,
          maxAttempts: 2,
          waitMs: 0,
          reason: 'stuck part',
          error: { code: 'archive.stalled', details: { part: 3 } },
        },
      },
    ]);
  });

  it('is cancelled twice; after that it has the time of any, and its failures are counted as ever', async () => {
    await using fixture = await JobFixture.start({ archive, store: { timeoutScale: 0.01 } });
    using requests = watchPart(3);
    fixture.s3.fail({ ...PART_3, fault: { kind: 'hang' }, times: Number.POSITIVE_INFINITY });
    const { copying, events } = await copy(fixture);
    await expect(copying).rejects.toMatchObject({ code: 's3.timeout' });
    expect(events.map(({ fields }) => fields.reason)).toEqual(['stuck part', 'stuck part', undefined]);
    expect(requests.openBefore).toEqual([0, 0, 0, 0]);
  });

  it('ends with the run', async () => {
    await using fixture = await JobFixture.start({ archive });
    fixture.s3.fail({ ...PART_3, fault: { kind: 'hang' }, times: Number.POSITIVE_INFINITY });
    const stopping = new AbortController();
    const { copying, events } = await copy(fixture, stopping.signal);
    const failing = expect(copying).rejects.toThrow('stop');
    await vi.waitFor(() => expect(events).toHaveLength(1));
    stopping.abort(new Error('stop'));
    await failing;
  });
});

async function bytesOf(): Promise<Buffer> {
  return Buffer.concat((await archive.read().toArray()) as Buffer[]);
}

/** Begins to copy the archive, held in memory, four parts at once. */
async function copy(fixture: JobFixture, signal = new AbortController().signal) {
  const { log, events } = memoryLog();
  const bytes = await bytesOf();
  const identity = { database: 'shop', createdAt: new Date('2026-01-01T03:00:00Z'), backupId: 'b1' };
  const upload = await fixture.store.beginUpload(
    { archive: identity, mustBeNew: true, metadata: {} },
    signal,
  );
  const reader: PartReader = {
    open: async (number) => ({
      async *bytes() {
        const { start, end } = rangeOf(number, PART, SIZE);
        yield bytes.subarray(start, end + 1);
      },
      close: () => {},
    }),
    finish: async () => [],
    close: () => {},
  };
  const { clock } = fixture;
  const faults = new SourceFaults('b1', 'Scalingo', fixture.job().redaction);
  const copying = copyParts(
    {
      size: SIZE,
      layout: { partSize: PART, concurrency: 4 },
      upload,
      stored: [],
      read: () => reader,
      attempts: { backupId: 'b1', maxAttempts: 2, clock, random: () => 0.5, log, faults },
      meter: { found: () => {}, report: () => {}, end: () => {} },
      stuckAfter: STUCK_AFTER,
    },
    signal,
  );
  return { copying, events };
}

/** The requests of one part: from which port each came, and how many before it were still open. */
function watchPart(partNumber: number) {
  const requests: ClientRequest[] = [];
  const openBefore: number[] = [];
  const ports: (number | undefined)[] = [];
  const note = (message: unknown) => {
    const { request } = message as { request: ClientRequest };
    if (!request.path.includes(`partNumber=${partNumber}&`)) return;
    openBefore.push(requests.filter(({ destroyed }) => !destroyed).length);
    requests.push(request);
    const place = requests.length - 1;
    request.once('socket', (socket) => {
      const take = () => {
        ports[place] = socket.localPort;
      };
      if (socket.connecting) socket.once('connect', take);
      else take();
    });
  };
  const channel = 'http.client.request.created';
  subscribe(channel, note);
  return { openBefore, ports, [Symbol.dispose]: () => void unsubscribe(channel, note) };
}
