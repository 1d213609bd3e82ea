import { describe, expect, it } from 'vitest';
import { SourceError } from '../../src/model/errors.ts';
import type { Download, SourceDatabase } from '../../src/ports/backup-source.ts';

/** One database at a source, with two done backups. */
export interface SourceWorld extends AsyncDisposable {
  readonly database: SourceDatabase;
  /** Newest first, with the bytes of their archives. */
  readonly backups: readonly { readonly id: string; readonly bytes: Buffer }[];
  /** Makes the source unreachable. */
  stop(): Promise<void>;
}

const calm = () => new AbortController().signal;

/** What every source must do: what passes this can be plugged in. */
export function sourceContract(name: string, start: () => Promise<SourceWorld>): void {
  describe(`the contract of a source: ${name}`, () => {
    it('lists done backups, newest first, with the sizes that it states', async () => {
      await using world = await start();
      const listed = await world.database.list(calm());
      expect(listed.map(({ id }) => id)).toEqual(world.backups.map(({ id }) => id));
      for (const [index, backup] of listed.entries()) {
        expect(backup.status).toBe('done');
        expect([null, world.backups[index]?.bytes.length]).toContain(backup.size);
        expect(backup.createdAt.getTime()).toBeGreaterThan(0);
      }
    });

    it('says what it knows of the database', async () => {
      await using world = await start();
      expect(await world.database.info(calm())).toMatchObject({ notDownloadable: null });
      expect(world.database.serviceName).not.toBe('');
    });

    it('gives a whole archive', async () => {
      await using world = await start();
      for (const { id, bytes } of world.backups) {
        const download = await world.database.open(id, { start: 0 }, calm());
        expect(download).toMatchObject({ start: 0, partial: false, totalSize: bytes.length, framed: true });
        expect((await bytesOf(download)).equals(bytes)).toBe(true);
      }
    });

    it.each([
      ['the beginning', 0, 99],
      ['the middle', 1000, 1999],
      ['the end', 5000, undefined],
    ])('gives %s, by ranges that fit together', async (_, first, last) => {
      await using world = await start();
      const [{ id, bytes } = { id: '', bytes: Buffer.alloc(0) }] = world.backups;
      const range = last === undefined ? { start: first } : { start: first, end: last };
      const download = await world.database.open(id, range, calm());
      expect(download).toMatchObject({ start: first, partial: true, totalSize: bytes.length });
      const end = last === undefined ? bytes.length : last + 1;
      expect((await bytesOf(download)).equals(bytes.subarray(first, end))).toBe(true);
      const again = await world.database.open(id, { start: 0, end: 9 }, calm());
      again.body.destroy();
      expect(again.contentTag).toBe(download.contentTag);
      expect(again.validator).toBe(download.validator);
    });

    it('refuses a range that the archive does not have', async () => {
      await using world = await start();
      const [{ id, bytes } = { id: '', bytes: Buffer.alloc(0) }] = world.backups;
      const error = await failureOf(world.database.open(id, { start: bytes.length }, calm()));
      expect(error.kind).toBe('range-refused');
    });

    it('has no archive of a backup that it does not know', async () => {
      await using world = await start();
      const error = await failureOf(world.database.open('00000000000000000000ffff', { start: 0 }, calm()));
      expect(error.kind).toBe('not-found');
      expect(error.retryable).toBe(false);
    });

    it('makes a backup when it says that it can, and no second one beside it', async () => {
      await using world = await start();
      if (!world.database.canCreate) {
        await failureOf(world.database.create(calm()));
        return;
      }
      const made = await world.database.create(calm());
      const after = await world.database.list(calm());
      expect(after).toHaveLength(world.backups.length + 1);
      if (made !== undefined) expect(after.map(({ id }) => id)).toContain(made.id);
      expect((await failureOf(world.database.create(calm()))).kind).toBe('backup-in-flight');
    });

    it('ends a download when it is destroyed, or when its signal is aborted', async () => {
      await using world = await start();
      const [{ id } = { id: '' }] = world.backups;
      const left = await world.database.open(id, { start: 0 }, calm());
      left.body.destroy(new Error('not wanted any more'));
      await expect(bytesOf(left)).rejects.toThrow();
      const reason = new Error('the run ends');
      const ending = AbortSignal.abort(reason);
      await expect(world.database.open(id, { start: 0 }, ending)).rejects.toBe(reason);
      await expect(world.database.list(ending)).rejects.toBe(reason);
    });

    it('that is not there is a failure that may pass', async () => {
      await using world = await start();
      await world.stop();
      const error = await failureOf(world.database.open(world.backups[0]?.id ?? '', { start: 0 }, calm()));
      expect(error.retryable).toBe(true);
    });
  });
}

async function bytesOf({ body }: Download): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

async function failureOf(promise: Promise<unknown>): Promise<SourceError> {
  const outcome: unknown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (outcome instanceof SourceError) return outcome;
  throw new Error(`expected a SourceError, got ${String(outcome)}`);
}
