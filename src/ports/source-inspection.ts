/** What `check` asks of a source, besides what a run does. */
export interface SourceInspection {
  /** Has the credentials that it was given accepted. @throws SourceError */
  signIn(signal: AbortSignal): Promise<void>;
  /** Milliseconds by which the source's clock is ahead of ours, by its last response; `undefined`: none has shown it. */
  readonly clockOffset: number | undefined;
}
