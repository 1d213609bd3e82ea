import type { ErrorCode } from '../../model/error-codes.ts';

declare module '../../ports/events.ts' {
  interface Events {
    'scalingo.request': At<
      'debug',
      {
        operation: string;
        attempt: number;
        durationMs: number;
        status?: number;
        requestId?: string;
        code?: ErrorCode;
      }
    >;
    'scalingo.retried': At<'warn', Failure & { operation: string; attempt: number; delayMs: number }>;
  }
}
