declare module '../../ports/events.ts' {
  interface Events {
    /** A request has had no response for a while. */
    's3.waiting': At<'info', { operation: string; host: string; waitedMs: number }>;
    's3.retried': At<'warn', Failure & { operation: string; attempt: number; delayMs: number }>;
  }
}
