import { crc32 } from 'node:zlib';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  S3Client,
  S3ServiceException,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { StoreRow } from '../../docs/store-table.ts';
import { ArchiverError } from '../../src/model/errors.ts';
import { systemClock } from '../../src/process/system-clock.ts';
import { probeWrite } from '../../src/stores/s3/capabilities/write-probe.ts';
import { S3ArchiveStore } from '../../src/stores/s3/s3-archive-store.ts';
import { storeOptions } from '../support/store-options.ts';
import { BucketView, type StoreAddress } from '../support/test-store.ts';

const MiB = 2 ** 20;
const PART = 5 * MiB;
const HOUR = 3_600_000;
const calm = () => new AbortController().signal;

/** What a server does of each row of the table in stores.md, in the words of its cells. */
export async function observeStore(address: StoreAddress): Promise<Record<StoreRow, string>> {
  const view = new BucketView(address);
  try {
    return await new Observer(view).all();
  } finally {
    view.close();
  }
}

class Observer {
  readonly #view: BucketView;
  readonly #client: S3Client;
  readonly #bucket: string;

  constructor(view: BucketView) {
    this.#view = view;
    this.#client = view.client;
    this.#bucket = view.address.bucket;
  }

  async all(): Promise<Record<StoreRow, string>> {
    const looks: Readonly<Record<StoreRow, () => Promise<string>>> = {
      newPut: () => this.#newPut(),
      newComplete: () => this.#newComplete(),
      matchPut: () => this.#matchPut(),
      crc32: () => this.#checksum('crc32'),
      crc64nvme: () => this.#checksum('crc64nvme'),
      sha256: () => this.#checksum('sha256'),
      trailer: async () => ((await this.#probe()).trailer ? 'yes' : 'no'),
      checksumMode: async () => ((await this.#probe()).checksumMode ? 'yes' : 'no'),
      objectSize: () => this.#objectSize(),
      partEtag: async () => ((await this.#probe()).md5Etags ? 'its MD5' : 'another'),
      objectEtag: () => this.#objectEtag(),
      uploads: async () => (await this.#probe()).uploadListings.join(', ') || 'nothing',
      uploadTime: () => this.#uploadTime(),
      partChecksums: () => this.#partChecksums(),
      range: () => this.#range(),
      order: () => this.#order(),
      below: () => this.#below(),
      signature: () => this.#signature(),
      tags: () => this.#tags(),
      storageClass: () => this.#shown({ StorageClass: 'STANDARD_IA' }, (head) => head.StorageClass),
      sse: () => this.#shown({ ServerSideEncryption: 'AES256' }, (head) => head.ServerSideEncryption),
      versions: () => this.#versions(),
      lock: () => this.#lock(),
      batchDelete: () => this.#batchDelete(),
    };
    const seen: [string, string][] = [];
    // One after the other: what is listed by one must not be another's.
    for (const [row, look] of Object.entries(looks)) seen.push([row, await look().catch(refusal)]);
    return Object.fromEntries(seen) as Record<StoreRow, string>;
  }

  async #newPut(): Promise<string> {
    await this.#put('new-put');
    return keeps(this.#put('new-put', { IfNoneMatch: '*' }));
  }

  async #newComplete(): Promise<string> {
    await this.#put('new-complete');
    return keeps(this.#complete('new-complete', { IfNoneMatch: '*' }));
  }

  async #matchPut(): Promise<string> {
    const ETag = (await this.#put('match')).ETag ?? '';
    const other = await keeps(this.#put('match', { IfMatch: `"${'0'.repeat(32)}"` }));
    if (other !== 'kept') return other;
    const quoted = await keeps(this.#put('match', { IfMatch: ETag }));
    return quoted === 'kept' ? 'without quotes' : 'kept';
  }

  /** By the program's own view: of which kind the checksum is that the store shows of an archive in two parts. */
  async #checksum(checksum: 'crc32' | 'crc64nvme' | 'sha256'): Promise<string> {
    const options = storeOptions(this.#view.address, { partSize: PART, checksum });
    const store = new S3ArchiveStore(options, systemClock);
    try {
      await store.probe(checksum, calm());
      const archive = { database: checksum, createdAt: new Date(0), backupId: 'b' };
      const begun = await store.beginUpload({ archive, mustBeNew: true, metadata: {} }, calm());
      const parts = [];
      for (const [number, size] of [
        [1, PART],
        [2, 7],
      ] as const) {
        parts.push(await begun.sendPart(number, size, bytesOf(size), calm()));
      }
      await begun.complete(parts, PART, calm());
      return (await store.head(archive, calm()))?.checksum?.kind ?? 'not kept';
    } finally {
      store.close();
    }
  }

  #probe() {
    const target = { bucket: this.#bucket, key: 'probed/it.tar.gz', settings: {}, clock: systemClock };
    const more = { etagsAreMd5: true, checksumMode: true };
    const crc32 = { algorithm: 'CRC32', kind: 'full-object' } as const;
    return probeWrite(this.#client, { ...target, ...more }, [crc32, null], calm());
  }

  async #objectSize(): Promise<string> {
    return keeps(this.#complete('object-size', { MpuObjectSize: 4711 }), 'refused', 'taken');
  }

  async #objectEtag(): Promise<string> {
    await this.#complete('object-etag', {});
    const etag = (await this.#head('object-etag')).ETag ?? 'none';
    if (/^"[0-9a-f]{32}-1"$/.test(etag)) return '`MD5 of the MD5s-N`';
    return /^"[0-9a-f]{32}"$/.test(etag) ? 'like an MD5' : 'another';
  }

  async #uploadTime(): Promise<string> {
    return this.#withUpload('upload-time', {}, async ({ Key }) => {
      const { Uploads = [] } = await this.#client.send(
        new ListMultipartUploadsCommand({ Bucket: this.#bucket, Prefix: Key }),
      );
      const initiated = Uploads[0]?.Initiated;
      if (initiated === undefined) return 'not shown';
      return Math.abs(Date.now() - initiated.getTime()) < HOUR
        ? 'shown'
        : `always ${initiated.getFullYear()}`;
    });
  }

  async #partChecksums(): Promise<string> {
    return this.#withUpload('part-checksums', { ChecksumAlgorithm: 'CRC32' }, async (upload) => {
      const ChecksumCRC32 = Buffer.alloc(4);
      ChecksumCRC32.writeUInt32BE(crc32('bytes'));
      await this.#client.send(
        new UploadPartCommand({
          ...{ ...upload, PartNumber: 1, Body: 'bytes' },
          ChecksumCRC32: ChecksumCRC32.toString('base64'),
        }),
      );
      const { Parts = [] } = await this.#client.send(new ListPartsCommand(upload));
      return Parts[0]?.ChecksumCRC32 === undefined ? 'no' : 'yes';
    });
  }

  async #range(): Promise<string> {
    await this.#put('range', { Body: '0123456789' });
    const { Body: body } = await this.#client.send(
      new GetObjectCommand({ Bucket: this.#bucket, Key: 'range', Range: 'bytes=2-4' }),
    );
    return (await body?.transformToString()) === '234' ? 'yes' : 'the whole object';
  }

  async #order(): Promise<string> {
    for (const Key of ['order/shop/a', 'order/shop-eu/a', 'order/shop0/a']) await this.#put(Key);
    const { Contents = [] } = await this.#client.send(
      new ListObjectsV2Command({ Bucket: this.#bucket, Prefix: 'order/' }),
    );
    const listed = Contents.map(({ Key = '' }) => Key.split('/')[1]).join(' ');
    if (listed === 'shop-eu shop shop0') return 'bytes';
    return listed === 'shop shop-eu shop0' ? 'folders' : listed;
  }

  async #below(): Promise<string> {
    await this.#put('below');
    await this.#put('below/b');
    await this.#head('below');
    await this.#head('below/b');
    return 'yes';
  }

  async #signature(): Promise<string> {
    const { endpoint, region, accessKeyId } = this.#view.address;
    const credentials = { accessKeyId, secretAccessKey: 'not-the-secret-of-this-store' };
    const stranger = new S3Client({ endpoint, region, forcePathStyle: true, credentials });
    try {
      await stranger.send(new ListObjectsV2Command({ Bucket: this.#bucket }));
      return 'let in';
    } finally {
      stranger.destroy();
    }
  }

  async #tags(): Promise<string> {
    await this.#put('tags', { Tagging: 'a=b' });
    const { TagSet = [] } = await this.#client.send(
      new GetObjectTaggingCommand({ Bucket: this.#bucket, Key: 'tags' }),
    );
    return TagSet.length === 1 ? 'kept' : 'dropped';
  }

  async #shown(
    setting: Partial<PutObjectCommandInput>,
    read: (head: HeadObjectCommandOutput) => string | undefined,
  ): Promise<string> {
    await this.#put('shown', setting);
    return read(await this.#head('shown')) === Object.values(setting)[0] ? 'shown' : 'dropped';
  }

  async #versions(): Promise<string> {
    const Bucket = `${this.#bucket}-versions`;
    await this.#client.send(new CreateBucketCommand({ Bucket }));
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await this.#client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
    const put = () => this.#client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
    const { VersionId } = await put();
    await put();
    await this.#client.send(new DeleteObjectCommand({ Bucket, Key: 'k' }));
    if (VersionId === undefined) return 'dropped';
    await this.#client.send(new GetObjectCommand({ Bucket, Key: 'k', VersionId }));
    return 'kept';
  }

  async #lock(): Promise<string> {
    const Bucket = `${this.#bucket}-locked`;
    await this.#client.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
    const ObjectLockRetainUntilDate = new Date(Date.now() + HOUR);
    const lock = { ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate } as const;
    const object = { Bucket, Key: 'k' };
    const { VersionId } = await this.#client.send(
      new PutObjectCommand({ ...object, ...lock, Body: 'x', ChecksumAlgorithm: 'CRC32' }),
    );
    const shown = await this.#client.send(new HeadObjectCommand(object));
    if (shown.ObjectLockMode === undefined) return 'dropped';
    return keeps(
      this.#client.send(new DeleteObjectCommand({ ...object, VersionId })),
      'kept',
      'shown, not kept',
    );
  }

  async #batchDelete(): Promise<string> {
    await this.#put('batch');
    await this.#client.send(
      new DeleteObjectsCommand({ Bucket: this.#bucket, Delete: { Objects: [{ Key: 'batch' }] } }),
    );
    return (await this.#head('batch').catch(refusal)) === 'refused (404)' ? 'yes' : 'no';
  }

  #put(Key: string, more: Partial<PutObjectCommandInput> = {}) {
    return this.#client.send(new PutObjectCommand({ Bucket: this.#bucket, Key, Body: 'bytes', ...more }));
  }

  #head(Key: string) {
    return this.#client.send(new HeadObjectCommand({ Bucket: this.#bucket, Key }));
  }

  async #withUpload(
    name: string,
    settings: { ChecksumAlgorithm?: 'CRC32' },
    look: (upload: { Bucket: string; Key: string; UploadId: string }) => Promise<string>,
  ): Promise<string> {
    const target = { Bucket: this.#bucket, Key: name };
    const { UploadId = '' } = await this.#client.send(
      new CreateMultipartUploadCommand({ ...target, ...settings }),
    );
    const upload = { ...target, UploadId };
    try {
      return await look(upload);
    } finally {
      await this.#client.send(new AbortMultipartUploadCommand(upload));
    }
  }

  /** An upload of one part, and its Complete. */
  async #complete(Key: string, more: { IfNoneMatch?: string; MpuObjectSize?: number }): Promise<unknown> {
    const target = { Bucket: this.#bucket, Key };
    const { UploadId } = await this.#client.send(new CreateMultipartUploadCommand(target));
    const upload = { ...target, UploadId };
    const part = await this.#client.send(new UploadPartCommand({ ...upload, PartNumber: 1, Body: 'bytes' }));
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag: part.ETag }] };
    return this.#client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload, ...more }));
  }
}

/** How a request ends that is to be refused by 4xx: `kept`, `ignored`, or what else came. */
async function keeps(request: Promise<unknown>, kept = 'kept', ignored = 'ignored'): Promise<string> {
  try {
    await request;
    return ignored;
  } catch (error) {
    const status = statusOf(error) ?? 0;
    return status >= 400 && status < 500 ? kept : refusal(error);
  }
}

/** @throws what is no response of the store's */
function refusal(error: unknown): string {
  if (error instanceof ArchiverError && error.code === 's3.checksum_refused') return 'refused';
  const status = statusOf(error);
  if (status === undefined) throw error;
  // The response to another operation: it does not know this one.
  return status < 300 ? 'unknown to it' : `refused (${status})`;
}

/** Also of a response whose body the SDK could not read. */
function statusOf(error: unknown): number | undefined {
  if (error instanceof S3ServiceException) return error.$metadata.httpStatusCode;
  return (error as { $response?: { statusCode?: number } }).$response?.statusCode;
}

async function* bytesOf(size: number): AsyncGenerator<Buffer> {
  for (let left = size; left > 0; left -= 256 * 1024) yield Buffer.alloc(Math.min(left, 256 * 1024), 'x');
}
