import type { Proof } from '../../../model/manifest.ts';
import { formatByteSize } from '../../../text/byte-size.ts';
import { formatDuration } from '../../../text/duration.ts';
import { escapeUnseen } from '../../../text/unseen.ts';
import type { ReportedArchive, ReportedCounts, RestoreReport } from './report-data.ts';

/** Who vouched for the bytes when they were stored, in words. */
const VOUCHED: Readonly<Record<Proof, string>> = {
  'store-full-object': 'the store itself: its checksum of the whole object was equal to ours',
  'store-composite': 'the store itself: it checked every part, and its checksum of them was equal to ours',
  'part-crc32': 'the store, part by part (CRC32)',
  'part-crc64nvme': 'the store, part by part (CRC64NVME)',
  'part-sha256': 'the store, part by part (SHA-256)',
  'part-md5': 'this program: the fingerprint of every part was the MD5 of the bytes that were sent',
  'read-back': 'this program: the object was read back whole and compared',
};

/** The report for a person, and for the auditor's file. */
export function reportMarkdown({ at, archiver, archives }: RestoreReport): string {
  const lines = [
    '# Restore test',
    '',
    `Made at ${at} by backup-archiver ${archiver}. An archive is restored where it was streamed from the bucket, its bytes were those of the checksum in its manifest, the engine's own tools restored it without a fault, and every table's rows were counted on the server.`,
    '',
    ...table(
      ['database', 'result', 'backup of', 'age (RPO)', 'duration (RTO)', 'tables', 'rows'],
      archives.map(({ database, result, createdAt, ageMs, durationMs, restored }) => [
        database,
        result,
        createdAt,
        formatDuration(ageMs),
        formatDuration(durationMs),
        String(restored?.tables ?? '-'),
        String(restored?.rows ?? '-'),
      ]),
    ),
    ...archives.flatMap(section),
  ];
  return `${lines.join('\n')}\n`;
}

function section(archive: ReportedArchive): string[] {
  const { database, key, backupId, result, error, begunAt, ageMs, durationMs, createdAt, archivedAt, size } =
    archive;
  const { checksum, proof, restored } = archive;
  const facts: [string, string][] = [
    ['result', result],
    ...(error === null ? [] : ([['error', `${error.code}: ${error.message}`]] as [string, string][])),
    ['archive', key],
    ['backup', backupId],
    ['backup made at', createdAt],
    ['archived at', archivedAt ?? 'not known'],
    ['test begun at', begunAt],
    ['age of the backup then (recovery point)', formatDuration(ageMs)],
    ['duration of the restore (recovery time)', formatDuration(durationMs)],
    ['size of the archive', `${formatByteSize(size)} (${size} bytes)`],
    [
      'checksum',
      checksum === null ? 'not known' : `${checksum.algorithm} (${checksum.kind}) ${checksum.value}`,
    ],
    ['who vouched for the stored bytes', proof === null ? 'not known' : VOUCHED[proof]],
    ...(restored === null ? [] : factsOf(restored)),
  ];
  return ['', `## ${cell(database)}`, '', ...table(['what', 'found'], facts), ...details(restored)];
}

function factsOf(restored: ReportedCounts): [string, string][] {
  const objects = Object.entries(restored.objects).filter(([, count]) => count > 0);
  return [
    ['dump', restored.dump],
    ['tools', restored.tools.join('; ')],
    ['server', `${restored.engine} ${restored.serverVersion}`],
    ['tables', String(restored.tables)],
    ['rows', String(restored.rows)],
    ['database on its server', `${formatByteSize(restored.bytes)} (${restored.bytes} bytes)`],
    ['other objects', objects.map(([kind, count]) => `${kind} ${count}`).join(', ') || 'none'],
  ];
}

function details(restored: ReportedCounts | null): string[] {
  if (restored === null) return [];
  const { warnings, counted } = restored;
  const rows = counted.map(({ name, rows: count }) => [name, String(count)]);
  return [
    ...(warnings.length === 0
      ? []
      : [
          '',
          'What a restore to another server always shows:',
          '',
          ...warnings.map((warning) => `- ${cell(warning)}`),
        ]),
    ...(rows.length === 0 ? [] : ['', ...table(['table', 'rows'], rows)]),
  ];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), `|${' --- |'.repeat(head.length)}`, ...rows.map(line)];
}

/** Names in a database may have any letter. */
function cell(text: string): string {
  return escapeUnseen(text.replace(/[\r\n]+/g, ' ')).replace(/[|<\\`]/g, '\\$&');
}
