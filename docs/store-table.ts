/**
 * What the suite of real servers looks at, in the order of the table in stores.md: what it is, and what the program
 * does where a server has it otherwise. The keys name the cells of stores.json.
 */
export const STORE_ROWS = {
  newPut: {
    what: '`If-None-Match: *` on PutObject',
    without: 'It looks before it writes. A lease goes by who wrote last.',
  },
  newComplete: {
    what: '`If-None-Match: *` on Complete',
    without: 'It looks before it completes.',
  },
  matchPut: {
    what: '`If-Match` on PutObject',
    without:
      'A lease goes by who wrote last; where the ETag must have no quotes, the request is sent again without.',
  },
  crc32: {
    what: 'checksum of an archive in parts: `crc32`',
    without:
      'With `auto` the archive is proved by the MD5s of its parts, or read back; with `crc32` the run fails before a backup is made.',
  },
  crc64nvme: {
    what: 'the same: `crc64nvme`',
    without: 'With this `s3.checksum` the run fails before a backup is made.',
  },
  sha256: {
    what: 'the same: `sha256`',
    without: 'With this `s3.checksum` the run fails before a backup is made.',
  },
  trailer: {
    what: 'checksum of a part behind its bytes',
    without: 'Each part is held in memory, and its checksum goes before it.',
  },
  checksumMode: {
    what: '`x-amz-checksum-mode` on HEAD',
    without: 'HEAD asks without it.',
  },
  objectSize: {
    what: '`x-amz-mp-object-size` on Complete, a wrong one',
    without: 'The size is compared by a HEAD afterwards.',
  },
  partEtag: {
    what: 'ETag of a part',
    without: 'The part is believed by its checksum alone.',
  },
  objectEtag: {
    what: 'ETag of an archive in parts',
    without: 'It says nothing of the bytes: the archive is proved by its checksum, or read back.',
  },
  uploads: {
    what: 'ListMultipartUploads finds an upload by',
    without: 'All ways that find it are used; without any, `upload.unlisted` warns.',
  },
  uploadTime: {
    what: 'when an upload was begun',
    without: 'An upload that looks too old is aborted, and its copy begins anew.',
  },
  partChecksums: {
    what: 'ListParts shows the checksums of parts',
    without: 'A copy that is resumed with such parts is read back; with `sha256` it begins anew.',
  },
  range: {
    what: 'GET of a range',
    without: 'Nothing: the program reads whole objects.',
  },
  order: {
    what: 'order of a listing',
    without: 'Both orders are understood; any other fails with `s3.bad_listing`.',
  },
  below: {
    what: 'keys `a` and `a/b` beside each other',
    without: 'Nothing: no key of the program is the folder of another.',
  },
  signature: {
    what: 'a request that is signed by a wrong secret',
    without: 'Nothing: such a server is for tests only.',
  },
  tags: { what: 'tags', without: 'Leave `s3.tags` empty.' },
  storageClass: {
    what: '`s3.storageClass`: `STANDARD_IA`',
    without: 'Leave it empty.',
  },
  sse: { what: '`s3.sse`: `AES256`', without: 'Leave it empty.' },
  versions: {
    what: 'versions of objects',
    without: 'What is overwritten or deleted is gone.',
  },
  lock: {
    what: 'Object Lock',
    without: 'Leave `s3.objectLock` empty.',
  },
  batchDelete: {
    what: 'DeleteObjects',
    without: 'Nothing: the program deletes one by one.',
  },
} as const satisfies Readonly<Record<string, { what: string; without: string }>>;

export type StoreRow = keyof typeof STORE_ROWS;

/** What was seen of one server. */
export interface SeenStore {
  readonly version: string;
  readonly seen: Readonly<Record<StoreRow, string>>;
}

/** How each server is configured, by its name in stores.json: what follows `s3.endpoint`. */
export const STORE_SETTINGS: Readonly<Record<string, { endpoint: string; more?: string }>> = {
  SeaweedFS: { endpoint: 'http://HOST:8333' },
  versitygw: {
    endpoint: 'http://HOST:7070',
    more: 'Start it with `--sidecar FOLDER` on ext4, whose extended attributes are too small for a thousand parts.',
  },
  MinIO: { endpoint: 'http://HOST:9000' },
  rclone: {
    endpoint: 'http://HOST:8080',
    more: 'It keeps no checksums and no conditions: run one daemon for it, and no second writer.',
  },
  moto: { endpoint: 'http://HOST:5000', more: 'It is for tests only: it keeps everything in memory.' },
  Ceph: { endpoint: 'http://HOST:7480' },
};
