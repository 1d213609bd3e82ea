import type { ServerResponse } from 'node:http';

/** What a service says: an object goes out as JSON, a string as plain text. */
export interface ServiceAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export function ok(body: unknown, status = 200): ServiceAnswer {
  return { status, body };
}

/** 404 as the API words it; `resource` is not always sent. */
export function unknown(resource?: string): ServiceAnswer {
  return { status: 404, body: { ...(resource === undefined ? {} : { resource }), error: 'not found' } };
}

export function unauthorizedAnswer(error = 'unauthorized'): ServiceAnswer {
  return { status: 401, body: { error } };
}

export function refusal(status: number, error: string, code?: string): ServiceAnswer {
  return { status, body: { error, ...(code === undefined ? {} : { code }) } };
}

/** Sends a response; with `half`, its headers and half of its body before the connection ends. */
export function sendAnswer(response: ServerResponse, answer: ServiceAnswer, half = false): void {
  const isText = typeof answer.body === 'string';
  const body = Buffer.from(isText ? String(answer.body) : JSON.stringify(answer.body));
  response.writeHead(answer.status, {
    'Content-Type': isText ? 'text/plain' : 'application/json; charset=utf-8',
    'Content-Length': String(body.length),
    ...answer.headers,
  });
  if (!half) {
    response.end(body);
    return;
  }
  response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.socket?.destroySoon());
}
