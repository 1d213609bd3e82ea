/**
 * From the first signal until the process exits, in milliseconds, whatever still runs. Ending an upload may
 * take 30 s at the store. Give a container a grace period longer than this.
 */
export const STOP_BOUND = 45_000;
/** What one resource may take to be released. */
export const RELEASE_BOUND = 5_000;
