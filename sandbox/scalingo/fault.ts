/** What a client asks of the simulated Scalingo, one name per route. */
export type Operation =
  | 'exchange' // POST /v1/tokens/exchange
  | 'self' // GET /v1/users/self
  | 'regions' // GET /v1/regions
  | 'addons' // GET /v1/apps/:app/addons
  | 'addon' // GET /v1/apps/:app/addons/:addon
  | 'addonToken' // POST /v1/apps/:app/addons/:addon/token
  | 'database' // GET /api/databases/:addon
  | 'list' // GET /api/databases/:addon/backups
  | 'create' // POST /api/databases/:addon/backups
  | 'backup' // GET /api/databases/:addon/backups/:backup, GET /api/backups/:backup
  | 'archive' // GET /api/databases/:addon/backups/:backup/archive
  | 'download' // GET /api/databases/:addon/backups/:backup/download?token=…
  | 'object'; // GET /objects/:backup?signature=…, where a download was redirected to

/** What happens to one call instead of, or around, its proper answer. */
export type Fault =
  | { readonly kind: 'pass' }
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
      /** Whether the call takes effect all the same (a backup is created). */
      readonly executed: boolean;
    }
  /** The connection ends without a byte of a response. */
  | { readonly kind: 'drop'; readonly executed: boolean }
  /** No response, ever; the connection stays open until the client or `close()` ends it. */
  | { readonly kind: 'hang'; readonly executed: boolean }
  /** The proper answer, cut in the middle of its body. */
  | { readonly kind: 'half' }
  /** The proper answer, real milliseconds later. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** The proper answer, once `until` has resolved; `arrived` is told of the call first. */
  | { readonly kind: 'hold'; readonly arrived: () => void; readonly until: Promise<void> };

/** Nothing wrong with this call: a gap in a sequence of faults. */
export function pass(): Fault {
  return { kind: 'pass' };
}

/** Any response in place of the proper one; an object becomes JSON. */
export function answer(
  status: number,
  body: unknown,
  options: { headers?: Readonly<Record<string, string>>; executed?: boolean } = {},
): Fault {
  const isText = typeof body === 'string';
  return {
    kind: 'answer',
    status,
    headers: { 'Content-Type': isText ? 'text/plain' : 'application/json', ...options.headers },
    body: isText ? body : JSON.stringify(body),
    executed: options.executed ?? false,
  };
}

/** 429: plain text `Retry later`, or JSON where `json` is set; `retryAfter` in seconds or an HTTP date. */
export function rateLimited(options: { retryAfter?: number | string; json?: boolean } = {}): Fault {
  const headers = options.retryAfter === undefined ? {} : { 'Retry-After': String(options.retryAfter) };
  const body = options.json === true ? { error: 'Retry later', code: 'too_many_requests' } : 'Retry later\n';
  return answer(429, body, { headers });
}

/** A 5xx; 502 to 504 are HTML as a front proxy writes them, others `{error}`. */
export function serverError(status = 500): Fault {
  if (status >= 502 && status <= 504) return html(status);
  return answer(status, { error: 'Internal Server Error' });
}

/** 200 (or `status`) with a web page where JSON belongs. */
export function unreadable(options: { status?: number; executed?: boolean } = {}): Fault {
  return html(options.status ?? 200, options.executed ?? false);
}

function html(status: number, executed = false): Fault {
  return answer(status, '<html><body><h1>We are sorry</h1></body></html>\n', {
    headers: { 'Content-Type': 'text/html' },
    executed,
  });
}

/** The connection drops before the call is looked at. */
export function dropped(): Fault {
  return { kind: 'drop', executed: false };
}

/** The call takes effect (a backup is created), but the connection drops before the response. */
export function answerLost(): Fault {
  return { kind: 'drop', executed: true };
}

/** Never answered; with `executed`, the call takes effect all the same. */
export function hang(options: { executed?: boolean } = {}): Fault {
  return { kind: 'hang', executed: options.executed ?? false };
}

/** The proper answer's headers and half of its body, then the connection drops. The call takes effect. */
export function cutShort(): Fault {
  return { kind: 'half' };
}

/** The proper answer after `ms` real milliseconds. */
export function slow(ms: number): Fault {
  return { kind: 'slow', ms };
}

/** 400, as the service refuses a second backup at a time. */
export function backupRunning(): Fault {
  return answer(400, { error: 'A backup is running' });
}

export function unauthorized(): Fault {
  return answer(401, { error: 'unauthorized' });
}

export function paymentRequired(): Fault {
  const url = 'https://dashboard.scalingo.com/billing';
  return answer(402, { name: 'payment_required', error: 'a payment method is required', url });
}

/** 403, as a limited collaborator is refused. */
export function forbidden(): Fault {
  return answer(403, { error: 'you are not allowed to do this operation', code: 'forbidden' });
}

export function notFound(resource?: string): Fault {
  return answer(404, { ...(resource === undefined ? {} : { resource }), error: 'not found' });
}

export function conflict(): Fault {
  return answer(409, { error: 'the database is being updated' });
}

export function unprocessable(errors: Record<string, string[]> = { database: ['is not ready'] }): Fault {
  return answer(422, { errors });
}

/** A call that a test lets go on when it wants to. */
export interface Gate {
  readonly fault: Fault;
  /** Resolves when the call has arrived and is being held. */
  readonly reached: Promise<void>;
  /** Lets it, and every later call that carries this gate's fault, go on to its proper answer. */
  open(): void;
}

/** `db.fail('list', gate.fault); await gate.reached; …; gate.open()`. */
export function gate(): Gate {
  const reached = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  return {
    fault: { kind: 'hold', arrived: () => reached.resolve(), until: released.promise },
    reached: reached.promise,
    open: () => released.resolve(),
  };
}
