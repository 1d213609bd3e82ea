import type { DatedBackup } from './dated-backup.ts';
import { planRetention, type RetentionOptions } from './retention-plan.ts';
import type { RetentionPolicy } from './retention-policy.ts';

/**
 * For mode `mirror`: which backups, of those the bucket lacks, the policy would keep if all of them were
 * there. What is fetched by this response is never removed by the next plan, even when only some of it
 * arrives, unless newer backups have come meanwhile.
 * @param archives what the bucket holds of this database
 * @param candidates done backups; those whose id the bucket has already are left out
 * @returns newest first, each once
 * @throws ArchiverError `retention.invalid`, as `planRetention`
 */
export function keepsIfAdded<C extends DatedBackup>(
  archives: readonly DatedBackup[],
  candidates: readonly C[],
  policy: RetentionPolicy,
  options: RetentionOptions,
): C[] {
  const present = new Set(archives.map(({ backupId }) => backupId));
  const missing = new Map<DatedBackup, C>();
  for (const candidate of candidates) {
    if (!present.has(candidate.backupId)) missing.set(candidate, candidate);
  }
  const plan = planRetention<DatedBackup>([...archives, ...missing.keys()], policy, options);
  return plan.keep.flatMap((archive) => missing.get(archive) ?? []);
}
