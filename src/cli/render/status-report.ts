import type { DatabaseStatus } from '../../recovery/status/database-status.ts';
import { formatByteSize } from '../../text/byte-size.ts';
import { formatAge } from './age.ts';
import { tableLines } from './table.ts';

/** What needs a person, in one word. */
export type Fault = 'no archive' | 'late' | 'suspicious' | 'damaged' | 'lost';

/** A database, and what is wrong with it. */
export interface JudgedDatabase {
  readonly status: DatabaseStatus;
  /** Whether it is configured; one that is not has no schedule any more, and is never late. */
  readonly configured: boolean;
  /** The slot that should have had its archive, in milliseconds; `undefined`: none is late. */
  readonly late: number | undefined;
  readonly faults: readonly Fault[];
}

export function judge(status: DatabaseStatus, configured: boolean, late: number | undefined): JudgedDatabase {
  const { newest, suspicious, verification, lost } = status;
  const { readBack, restored } = verification?.found ?? {};
  const isDamaged = readBack?.ok === false || restored?.ok === false;
  const faults: Fault[] = [
    ...(configured && newest === undefined ? (['no archive'] as const) : []),
    ...(newest !== undefined && late !== undefined ? (['late'] as const) : []),
    ...(suspicious === undefined ? [] : (['suspicious'] as const)),
    ...(isDamaged ? (['damaged'] as const) : []),
    ...(lost > 0 ? (['lost'] as const) : []),
  ];
  return { status, configured, late, faults };
}

/** One JSON document. */
export function* statusJson(judged: readonly JudgedDatabase[]): Generator<string> {
  yield '[\n';
  for (const [index, each] of judged.entries()) {
    yield `  ${JSON.stringify(row(each))}${index < judged.length - 1 ? ',' : ''}\n`;
  }
  yield ']\n';
}

function row({ status, configured, late, faults }: JudgedDatabase) {
  const { newest, manifest, verification, lease, suspicious, uploads, ...counts } = status;
  return {
    ...counts,
    configured,
    faults,
    newest:
      newest === undefined
        ? null
        : {
            backupId: newest.backupId,
            key: newest.key,
            size: newest.size,
            createdAt: manifest?.createdAt ?? newest.createdAt.toISOString(),
            archivedAt: manifest?.archivedAt ?? null,
          },
    lateSince: late === undefined ? null : new Date(late).toISOString(),
    suspicious: suspicious ?? null,
    verification: verification === undefined ? null : verification.found,
    uploads: uploads.map(({ key, bytes, startedAt }) => ({ key, bytes, startedAt: startedAt.toISOString() })),
    lease: lease ?? null,
  };
}

/**
 * For a person: a row each, what is under way, what is wrong, and in the last line whether all is well.
 * @param now milliseconds since the epoch, for the ages
 */
export function* statusTable(judged: readonly JudgedDatabase[], now: number): Generator<string> {
  if (judged.length === 0) {
    yield 'no databases: none is configured, and the bucket has no archives\n';
    return;
  }
  const rows = function* () {
    for (const { status, configured, faults } of judged) {
      const { newest, archives, verification } = status;
      yield [
        status.database,
        newest === undefined ? '-' : formatAge(now - newest.createdAt.getTime()),
        newest === undefined ? '-' : formatByteSize(newest.size),
        String(archives),
        verification === undefined ? 'never' : formatAge(now - verification.at.getTime()),
        faults.length > 0 ? faults.join(', ').toUpperCase() : configured ? 'ok' : 'not configured',
      ];
    }
  };
  const headings = ['DATABASE', 'NEWEST', 'SIZE', 'ARCHIVES', 'VERIFIED', 'STATE'];
  yield* tableLines(headings, rows, { right: ['NEWEST', 'SIZE', 'ARCHIVES', 'VERIFIED'] });
  const notes = judged.flatMap((each) => [...underWay(each.status, now), ...explain(each)]);
  if (notes.length > 0) yield `\n${notes.join('\n')}\n`;
  yield `\n${conclusion(judged)}\n`;
}

function* underWay({ database, lease, uploads }: DatabaseStatus, now: number): Generator<string> {
  if (lease !== undefined) {
    const age = formatAge(now - Date.parse(lease.renewedAt));
    yield `${database}: ${lease.holder} on ${lease.host} works on it (lease renewed ${age} ago)`;
  }
  for (const { key, bytes, startedAt } of uploads) {
    const begun = startedAt.toISOString().replace('.000Z', 'Z');
    yield `${database}: unfinished upload of ${key}: ${formatByteSize(bytes)} stored, begun ${begun}`;
  }
}

function* explain({ status, late, faults }: JudgedDatabase): Generator<string> {
  const { database, suspicious, verification, lost } = status;
  for (const fault of faults) {
    switch (fault) {
      case 'no archive':
        yield `${database}: there is no archive of it: \`run --database ${database}\` makes one`;
        break;
      case 'late':
        yield `${database}: the slot of ${new Date(late ?? 0).toISOString()} has no archive: look at the log of that run`;
        break;
      case 'suspicious':
        yield `${database}: the newest archive has ${formatByteSize(suspicious?.size ?? 0)}, those before it ${formatByteSize(suspicious?.median ?? 0)}: look into the database before \`prune --yes\``;
        break;
      case 'damaged': {
        const { readBack, restored } = verification?.found ?? {};
        const why =
          readBack?.ok === false
            ? readBack.fault?.message
            : String(restored?.fault ?? 'its restore test failed');
        yield `${database}: ${why}`;
        break;
      }
      case 'lost':
        yield `${database}: ${lost} manifests have lost their archive: \`verify --database ${database}\` names them`;
    }
  }
}

function conclusion(judged: readonly JudgedDatabase[]): string {
  const wrong = judged.filter(({ faults }) => faults.length > 0).map(({ status }) => status.database);
  const count = `${judged.length} database${judged.length === 1 ? '' : 's'}`;
  if (wrong.length === 0) return `${count}: all is well`;
  const named = wrong.slice(0, 5).join(', ');
  return `${count}: ${wrong.length} need${wrong.length === 1 ? 's' : ''} a person: ${named}${wrong.length > 5 ? ', …' : ''}`;
}
