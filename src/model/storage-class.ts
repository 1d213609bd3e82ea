/**
 * Storage classes of AWS, and of other stores that have its names, whose objects have to be restored before they can be
 * read, which takes hours (https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html#sc-glacier).
 */
const COLD: ReadonlySet<string> = new Set(['GLACIER', 'DEEP_ARCHIVE']);

/** Whether what is stored in this class cannot be read at once; `undefined`: the default of the store, which can. */
export function isCold(storageClass: string | undefined): boolean {
  return storageClass !== undefined && COLD.has(storageClass);
}
