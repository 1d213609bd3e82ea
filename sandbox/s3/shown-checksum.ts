import type { StoredChecksum } from './bucket.ts';
import type { ChecksumType } from './checksum.ts';
import type { Exchange } from './exchange.ts';

/** The checksum of an object as answers show it. */
export function shownValue({ quirks }: Exchange, { value }: StoredChecksum): string {
  return quirks.checksumTypes === 'unread' ? value.replace(/-\d+$/, '') : value;
}

/** Its type; `undefined` where the store shows none. */
export function shownType({ quirks }: Exchange, { type }: StoredChecksum): ChecksumType | undefined {
  return quirks.checksumTypes === 'unread' ? undefined : type;
}
