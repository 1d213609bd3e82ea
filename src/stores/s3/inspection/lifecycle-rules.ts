import type { LifecycleRule as Described } from '@aws-sdk/client-s3';
import type { LifecycleRule } from '../../../ports/store-inspection.ts';

/**
 * Storage classes whose objects have to be restored before they can be read
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html#sc-glacier).
 */
export const COLD_CLASSES: ReadonlySet<string> = new Set(['GLACIER', 'DEEP_ARCHIVE']);

/** The rules that are in force. */
export function lifecycleRules(rules: readonly Described[]): LifecycleRule[] {
  return rules.flatMap((rule, index) => {
    if (rule.Status === 'Disabled') return [];
    const { Filter: filter } = rule;
    const { And: both } = filter ?? {};
    const tagged = [...(filter?.Tag === undefined ? [] : [filter.Tag]), ...(both?.Tags ?? [])];
    const bySize = [filter, both].some(
      (each) => each?.ObjectSizeGreaterThan !== undefined || each?.ObjectSizeLessThan !== undefined,
    );
    const tags = Object.fromEntries(tagged.map(({ Key: key = '', Value: value = '' }) => [key, value]));
    return {
      name: rule.ID === undefined || rule.ID === '' ? `number ${index + 1}` : rule.ID.slice(0, 100),
      prefix: filter?.Prefix ?? both?.Prefix ?? rule.Prefix ?? '',
      narrowedTo: tagged.length > 0 || bySize ? { tags, bySize } : undefined,
      deletes: when(rule.Expiration),
      removesOldVersions: when({ Days: rule.NoncurrentVersionExpiration?.NoncurrentDays }),
      abortsUploads: when({ Days: rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation }),
      moves: (rule.Transitions ?? []).map((transition) => ({
        to: transition.StorageClass ?? 'another class',
        when: when(transition) ?? 'at some time',
        isCold: COLD_CLASSES.has(transition.StorageClass ?? ''),
      })),
    };
  });
}

function when(
  at: { readonly Days?: number | undefined; readonly Date?: Date | undefined } | undefined,
): string | undefined {
  if (at?.Days !== undefined) return `after ${at.Days} ${at.Days === 1 ? 'day' : 'days'}`;
  if (at?.Date !== undefined) return `on ${at.Date.toISOString().slice(0, 10)}`;
  return undefined;
}
