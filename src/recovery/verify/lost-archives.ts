import type { ArchiveListing, ArchiveStore, ListedObject } from '../../ports/archive-store.ts';

/** Archives of which only the manifest is left, with the key that their object had. */
export function lostArchives(
  store: Pick<ArchiveStore, 'keyOf'>,
  { dangling }: Pick<ArchiveListing, 'dangling'>,
): ListedObject[] {
  return dangling.map((manifest) => ({ ...manifest, key: store.keyOf(manifest) }));
}
