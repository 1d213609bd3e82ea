/** What the sink remembers of an object: everything but its bytes, unless they are few. */
export interface SinkObject {
  readonly size: number;
  readonly etag: string;
  /** Kept for documents (manifests, leases); `undefined` for what was thrown away. */
  readonly bytes: Buffer | undefined;
  /** Headers that a GET or HEAD shows again: `x-amz-meta-*`, `content-type`, claimed checksums. */
  readonly headers: Readonly<Record<string, string>>;
  readonly modifiedAt: Date;
  readonly parts: number;
}

export interface SinkPart {
  readonly size: number;
  readonly etag: string;
}

export interface SinkUpload {
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly begunAt: Date;
  readonly parts: Map<number, SinkPart>;
}

/** The one bucket of the sink. */
export class SinkStore {
  readonly objects = new Map<string, SinkObject>();
  readonly uploads = new Map<string, SinkUpload>();
  /** Body bytes received since the last reset, as they were on the wire. */
  received = 0;
  #count = 0;

  /** No MD5, and told by its looks: clients then take no ETag for a digest. */
  nextEtag(): string {
    this.#count += 1;
    return `sink-${this.#count}`;
  }

  nextUploadId(): string {
    this.#count += 1;
    return `upload-${this.#count}`;
  }

  /** Makes an object of an upload's parts. @returns `undefined` where there is no such upload */
  complete(uploadId: string, claimed: Readonly<Record<string, string>>): SinkObject | undefined {
    const upload = this.uploads.get(uploadId);
    if (upload === undefined) return undefined;
    const parts = [...upload.parts.values()];
    const object: SinkObject = {
      size: parts.reduce((sum, { size }) => sum + size, 0),
      etag: `${this.nextEtag()}-${parts.length}`,
      bytes: undefined,
      headers: { ...upload.headers, ...claimed },
      modifiedAt: new Date(),
      parts: parts.length,
    };
    this.uploads.delete(uploadId);
    this.objects.set(upload.key, object);
    return object;
  }

  reset(): void {
    this.objects.clear();
    this.uploads.clear();
    this.received = 0;
  }
}
