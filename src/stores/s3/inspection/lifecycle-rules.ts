import type { LifecycleRule as Described } from '@aws-sdk/client-s3';
import { isCold } from '../../../model/storage-class.ts';
import type { LifecycleRule } from '../../../ports/store-inspection.ts';

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
        isCold: isCold(transition.StorageClass),
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
