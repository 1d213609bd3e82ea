/** One archive on its way. */
export interface TransferMeter {
  /** So many bytes were stored before this run: they show as done, and count neither in the rate nor as moved. */
  found(bytes: number): void;
  /** Bytes of the archive that are through by now, counted from its first byte. Cheap: call it per chunk. */
  report(bytes: number): void;
  /** The transfer is over, well or not. Call it in a `finally`; a second call does nothing. */
  end(): void;
}

/** Where a transfer says how far it is, for the person who waits: a bar, or an event now and then. */
export interface TransferProgress {
  /**
   * @param totalBytes of the whole archive; `null` where it is not known
   */
  begin(database: string, totalBytes: number | null): TransferMeter;
}
