import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import type { Fault } from '../../sandbox/s3/failures.ts';
import type { S3Operation } from '../../sandbox/s3/options.ts';
import type { SimulatedS3 } from '../../sandbox/s3/simulated-s3.ts';
import { gate, pass } from '../../sandbox/scalingo/fault.ts';
import type { SimulatedDatabase } from '../../sandbox/scalingo/simulated-database.ts';

export interface Stage {
  readonly s3: SimulatedS3;
  readonly database: SimulatedDatabase;
  /** Of the world's keys. */
  readonly prefix: string;
}

/** A place in a run at which it can be made to stand still. */
export interface Phase {
  readonly name: string;
  /** What is there when the signal comes: an object, and its manifest. */
  readonly leaves: 'nothing' | 'object' | 'archive';
  /** Has the run stand still there, once. @returns resolves when it does */
  readonly arm: (stage: Stage) => Promise<unknown>;
  /** Lets go of what only stands still on purpose. */
  readonly free?: (stage: Stage) => void;
}

const MiB = 2 ** 20;

/** From the backup that is awaited to the manifest; what a store hangs on it has done, or it has not. */
export const PHASES: readonly Phase[] = [
  {
    name: 'waiting for the backup',
    leaves: 'nothing',
    arm: ({ database }) => {
      const { fault, reached } = gate();
      database.fail('list', [pass(), fault]);
      return reached;
    },
  },
  {
    name: 'fetching the link',
    leaves: 'nothing',
    arm: ({ database }) => {
      const { fault, reached } = gate();
      database.fail('archive', fault);
      return reached;
    },
  },
  {
    name: 'copying',
    leaves: 'nothing',
    arm: armCopy,
    free: ({ database }) => {
      database.download = {};
    },
  },
  hanging('completing, before the store has', 'nothing', 'CompleteMultipartUpload', 'tar.gz', 'headers'),
  hanging('completing, after the store has', 'object', 'CompleteMultipartUpload', 'tar.gz', 'done'),
  // The first look is the probe's, the second is whether the object is new.
  hanging('proving', 'object', 'HeadObject', 'tar.gz', 'headers', 2),
  hanging('writing the manifest, before the store has', 'object', 'PutObject', 'manifest.json', 'headers'),
  hanging('writing the manifest, after the store has', 'archive', 'PutObject', 'manifest.json', 'done'),
];

/** A source that takes seconds for the archive. @returns resolves when its first part is on its way */
export function armCopy({ s3, database, prefix }: Stage): Promise<unknown> {
  database.download = { bytesPerSecond: 4 * MiB };
  // Not the probe's part.
  return s3.seen({ operation: 'UploadPart', key: keyOf(prefix, 'tar.gz', '[0-9a-f]{24}') });
}

function hanging(
  name: string,
  leaves: Phase['leaves'],
  operation: S3Operation,
  suffix: string,
  after: 'headers' | 'done',
  skip = 0,
): Phase {
  return {
    name,
    leaves,
    arm: async ({ s3, prefix }) => {
      const fault: Fault = { kind: 'hang', after };
      const filter = { operation, key: keyOf(prefix, suffix) };
      s3.fail({ ...filter, fault, skip });
      const { key = '' } = await s3.seen(filter, skip + 1);
      while (after === 'done' && s3.object(key) === undefined) await turnOfTheLoop();
    },
  };
}

/** Keys of archives or manifests of this world. */
export function keyOf(prefix: string, suffix: string, backupId = '[^/]+'): RegExp {
  return new RegExp(`^${prefix}shop/[^/]+_${backupId}\\.${suffix.replaceAll('.', '\\.')}$`);
}
