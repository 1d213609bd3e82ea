import { LEASE_TIME } from '../../ports/lease.ts';
import type { DatabaseStatus } from '../../recovery/status/database-status.ts';
import { formatByteSize } from '../../text/byte-size.ts';
import { formatAge } from './age.ts';
import { foldText } from './fold-text.ts';
import { tableLines } from './table.ts';

/** What needs a person, in one word. */
export type Fault =
  | 'no archive'
  | 'late'
  | 'unreadable'
  | 'suspicious'
  | 'damaged'
  | 'lost'
  | 'unverified'
  | 'doubtful';

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
  const { newest, manifest, suspicious, damaged, lost, unverified, doubt } = status;
  const faults: Fault[] = [
    ...(configured && newest === undefined ? (['no archive'] as const) : []),
    ...(newest !== undefined && late !== undefined ? (['late'] as const) : []),
    ...(newest !== undefined && manifest === undefined ? (['unreadable'] as const) : []),
    ...(suspicious === undefined ? [] : (['suspicious'] as const)),
    ...(damaged.length === 0 ? [] : (['damaged'] as const)),
    ...(lost > 0 ? (['lost'] as const) : []),
    // Those of others are not read by a schedule.
    ...(configured && unverified > 0 ? (['unverified'] as const) : []),
    ...(doubt === undefined ? [] : (['doubtful'] as const)),
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
  const {
    newest,
    manifest,
    verification,
    damaged,
    lease,
    suspicious,
    uploads,
    doubt,
    restoreTest,
    ...counts
  } = status;
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
    damaged: damaged.map(({ of, found }) => ({ of: of.key, ...found })),
    doubt: doubt ?? null,
    uploads:
      uploads?.map(({ key, bytes, startedAt }) => ({ key, bytes, startedAt: startedAt.toISOString() })) ??
      null,
    lease: lease ?? null,
    restoreTest: restoreTest === undefined ? null : { of: restoreTest.of.key, ...restoreTest.record },
  };
}

/**
 * For a person: a row each, what is under way, what is wrong, and in the last line whether all is well.
 * @param now milliseconds since the epoch, for the ages
 * @param width of the terminal, in characters
 */
export function* statusTable(
  judged: readonly JudgedDatabase[],
  now: number,
  width?: number,
): Generator<string> {
  if (judged.length === 0) {
    yield 'no databases: none is configured, and there is no archive below the prefix in the bucket\n';
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
  yield* tableLines(headings, rows, { right: ['NEWEST', 'SIZE', 'ARCHIVES', 'VERIFIED'], width });
  const notes = judged.flatMap((each) => [...underWay(each.status, now), ...explain(each)]);
  if (notes.length > 0) yield `\n${notes.map((note) => foldText(note, width)).join('\n')}\n`;
  yield `\n${foldText(conclusion(judged), width)}\n`;
}

function* underWay(
  { database, lease, uploads, restoreTest }: DatabaseStatus,
  now: number,
): Generator<string> {
  // One that failed is among what is damaged.
  if (restoreTest?.record.ok === true) {
    const { at, tables, rows } = restoreTest.record;
    yield `${database}: restored for a try ${formatAge(now - Date.parse(at))} ago: ${tables} tables, ${rows} rows`;
  }
  if (lease !== undefined) {
    const age = now - Date.parse(lease.renewedAt);
    yield age > 2 * LEASE_TIME
      ? `${database}: a run on ${lease.host} has died ${formatAge(age)} ago: the next one takes its place`
      : `${database}: ${lease.holder} on ${lease.host} works on it (lease renewed ${formatAge(age)} ago)`;
  }
  if (uploads === undefined) yield `${database}: the keys may not list unfinished uploads`;
  for (const { key, bytes, startedAt } of uploads ?? []) {
    const begun = startedAt.toISOString().replace('.000Z', 'Z');
    yield `${database}: unfinished upload of ${key}: ${formatByteSize(bytes)} stored, begun ${begun}`;
  }
}

function* explain({ status, late, faults }: JudgedDatabase): Generator<string> {
  const { database, newest, suspicious, damaged, lost, unverified, doubt } = status;
  for (const fault of faults) {
    switch (fault) {
      case 'no archive':
        yield `${database}: there is no archive of it: \`run --database ${database}\` makes one`;
        break;
      case 'late':
        yield `${database}: the slot of ${new Date(late ?? 0).toISOString()} has no archive: look at the log of that run`;
        break;
      case 'unreadable':
        yield `${database}: the manifest of ${newest?.key} cannot be used: \`verify ${database}\` says why, and what to do`;
        break;
      case 'suspicious':
        yield `${database}: the newest archive has ${formatByteSize(suspicious?.size ?? 0)}, those before it ${formatByteSize(suspicious?.median ?? 0)}: look into the database before \`prune --yes\``;
        break;
      case 'damaged':
        for (const { of, found } of damaged) {
          yield `${database}: ${found.readBack?.fault?.message ?? found.restored?.fault?.message ?? `${of.key} is damaged`}`;
        }
        break;
      case 'lost':
        yield `${database}: ${lost} manifests have lost their archive: \`verify --database ${database}\` names them`;
        break;
      case 'unverified':
        yield `${database}: ${unverified} archive${unverified === 1 ? ' was' : 's were'} not read back for longer than verify.maxAge: \`verify --deep --database ${database}\` reads all`;
        break;
      case 'doubtful':
        yield `${database}: the listing contradicts itself: ${doubt}`;
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
