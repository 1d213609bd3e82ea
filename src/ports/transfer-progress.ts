/** One archive on its way. */
export interface TransferMeter {
  /** Bytes of the archive that are through by now, counted from its first byte. Cheap: call it per chunk. */
  report(bytes: number): void;
  /** The transfer is over, well or not. Call it in a `finally`; a second call does nothing. */
  end(): void;
}

/** Where a transfer says how far it is, for the person who waits: a bar, or an event now and then. */
export interface TransferProgress {
  /**
   * @param totalBytes of the whole archive; `null` where nobody knows
   * @param startAt bytes that were there before (a resumed transfer): shown as done, not counted in the rate
   */
  begin(database: string, totalBytes: number | null, startAt?: number): TransferMeter;
}
