import type { SinkStore } from './sink-store.ts';

/** What lies in the sink, for whoever wants to know whether a copy did its work. */
export interface SinkReport {
  readonly objects: readonly { readonly key: string; readonly size: number; readonly parts: number }[];
  /** Multipart uploads that were neither completed nor aborted. */
  readonly unfinished: number;
  /** Body bytes received since the last reset. */
  readonly received: number;
}

export function sinkReport(store: SinkStore): SinkReport {
  return {
    objects: [...store.objects].map(([key, { size, parts }]) => ({ key, size, parts })),
    unfinished: store.uploads.size,
    received: store.received,
  };
}

/** ListObjectsV2 or ListMultipartUploads, always in one page: the bench holds a handful. */
export function xmlList(store: SinkStore, bucket: string, prefix: string, uploads: boolean): string {
  const head = `<Name>${bucket}</Name><Prefix>${escapeXml(prefix)}</Prefix><IsTruncated>false</IsTruncated>`;
  if (uploads) {
    const entries = [...store.uploads]
      .filter(([, { key }]) => key.startsWith(prefix))
      .map(
        ([id, { key, begunAt }]) =>
          `<Upload><Key>${escapeXml(key)}</Key><UploadId>${id}</UploadId><Initiated>${begunAt.toISOString()}</Initiated></Upload>`,
      );
    return `<ListMultipartUploadsResult>${head}${entries.join('')}</ListMultipartUploadsResult>`;
  }
  const entries = [...store.objects]
    .filter(([key]) => key.startsWith(prefix))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([key, { size, etag, modifiedAt }]) =>
        `<Contents><Key>${escapeXml(key)}</Key><Size>${size}</Size><ETag>"${etag}"</ETag><LastModified>${modifiedAt.toISOString()}</LastModified></Contents>`,
    );
  return `<ListBucketResult>${head}<KeyCount>${entries.length}</KeyCount>${entries.join('')}</ListBucketResult>`;
}

export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
