declare module '../../ports/events.ts' {
  interface Events {
    's3.retried': At<'warn', Failure & { operation: string; attempt: number; delayMs: number }>;
  }
}
