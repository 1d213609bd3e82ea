import type { S3Client } from '@aws-sdk/client-s3';
import type { StoreError } from '../../../model/errors.ts';
import { isUnsupported, S3Error } from '../client/s3-error.ts';
import type { S3Options } from '../s3-options.ts';
import type { StoreCapabilities } from './store-capabilities.ts';
import { checksumChoices, type NamedChecksum, type StoreProfile } from './store-profile.ts';
import { type Probed, type ProbeTarget, probeWrite } from './write-probe.ts';

const NAMED: readonly NamedChecksum[] = ['crc32', 'crc64nvme', 'sha256'];

/**
 * Finds out whether an archive could be written now, and with which checksum.
 * @throws StoreError `s3.checksum_refused` where the configuration names a checksum that the store does not
 *   take, saying which it takes: before any backup is made
 */
export async function detectCapabilities(
  client: S3Client,
  target: ProbeTarget,
  { profile, checksum }: { profile: StoreProfile; checksum: S3Options['checksum'] },
  signal: AbortSignal,
): Promise<StoreCapabilities> {
  if (checksum === 'none') return probeWrite(client, target, [null], signal);
  if (checksum === 'auto') {
    return probeWrite(client, target, [...checksumChoices(profile, 'crc32'), null], signal);
  }
  const ask = (name: NamedChecksum) => askFor(client, target, profile, name, signal);
  const asked = await ask(checksum);
  if (asked.probed !== undefined) return asked.probed;
  const others: string[] = [];
  for (const name of NAMED) {
    if (name !== checksum && (await ask(name)).probed !== undefined) others.push(name);
  }
  // Without any it fails as well where the checksum is not what is wrong: then that is to be said.
  if (others.length === 0) await probeWrite(client, target, [null], signal);
  throw refused(target, checksum, asked.why, [...others, 'auto', ...mayDoWithout(target)]);
}

/** @returns what was shown, if the store takes that checksum: of parts that are held, and of such that are not */
async function askFor(
  client: S3Client,
  target: ProbeTarget,
  profile: StoreProfile,
  name: NamedChecksum,
  signal: AbortSignal,
): Promise<{ probed: Probed; why?: undefined } | { probed?: undefined; why: string | StoreError }> {
  try {
    const probed = await probeWrite(client, target, checksumChoices(profile, name), signal);
    if (!probed.headerConfirmed) return { why: 'it confirms none' };
    return probed.trailer ? { probed } : { why: 'it takes them before the bytes, not behind' };
  } catch (error) {
    if (!isUnsupported(error)) throw error;
    return { why: error };
  }
}

/** Object Lock wants a checksum on every part (API_PutObject). */
function mayDoWithout({ settings }: ProbeTarget): string[] {
  return settings.ObjectLockMode === undefined ? ['none'] : [];
}

function refused(
  { bucket, key }: ProbeTarget,
  asked: NamedChecksum,
  why: string | StoreError,
  alternatives: readonly string[],
): StoreError {
  const { message, status, requestId } = typeof why === 'string' ? { message: why } : why;
  return new S3Error('s3.checksum_refused', `the store takes no ${asked} checksums of parts: ${message}`, {
    operation: `UploadPart ${bucket}/${key}`,
    status,
    requestId,
    hint: `s3.checksum (S3_CHECKSUM) is ${asked}; here it can be ${alternatives.join(', ')}. No backup was made.`,
  });
}
