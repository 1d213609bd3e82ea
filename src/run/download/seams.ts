import type { Download } from '../../ports/backup-source.ts';

/**
 * Where the bytes of an archive come from several responses, something must show that all of them are of one
 * file. One content tag on each response shows it (RFC 9110 §8.8.1). Without it, another file of the same
 * length could continue where the first one broke off: then the archive has to be unpacked before it counts.
 */
export class Seams {
  #contentTag: string | null = null;
  #begun = false;
  #needsUnpacking = false;

  /** Whether some bytes were joined without a content tag that both sides share. */
  get needsUnpacking(): boolean {
    return this.#needsUnpacking;
  }

  /** All the bytes so far are those of this response: the first one, or one that was compared from byte 0. */
  begin({ contentTag }: Pick<Download, 'contentTag'>): void {
    this.#contentTag = contentTag;
    this.#begun = true;
    this.#needsUnpacking = false;
  }

  /** Whether this response is shown to be of the same file as the bytes before. */
  vouchesFor({ contentTag }: Pick<Download, 'contentTag'>): boolean {
    return !this.#begun || (contentTag !== null && contentTag === this.#contentTag);
  }

  /** Bytes of this response come beside, or after, those of other responses. */
  join(download: Pick<Download, 'contentTag'>): void {
    if (!this.vouchesFor(download)) this.#needsUnpacking = true;
    if (!this.#begun) this.begin(download);
  }

  /** Bytes of an earlier run are part of the archive: the content tag of their responses is not known any more. */
  joinEarlierRun(): void {
    this.#needsUnpacking = true;
  }
}
