import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { accountAnswer, exchangeToken } from './account-services.ts';
import type { Call } from './call.ts';
import { databaseAnswer } from './database-service.ts';
import { DownloadDesk } from './download-desk.ts';
import { type Fault, rateLimited } from './fault.ts';
import { RateLimiter } from './rate-limiter.ts';
import type { RecordedRequest, ServerRole } from './request-log.ts';
import { findRoute, type Route } from './route.ts';
import { refusal, type ServiceAnswer, sendAnswer, unknown } from './service-answer.ts';
import type { ServiceState } from './service-state.ts';
import type { SimulatedDatabase } from './simulated-database.ts';

/** Takes every request: records it, lets it meet its fault, and has the right service answer. */
export class RequestHandler {
  readonly #scalingo: ServiceState;
  readonly #limiter: RateLimiter;
  readonly #downloads: DownloadDesk;

  constructor(scalingo: ServiceState) {
    this.#scalingo = scalingo;
    this.#limiter = new RateLimiter(scalingo.clock);
    this.#downloads = new DownloadDesk(scalingo);
  }

  handle(role: ServerRole, request: IncomingMessage, response: ServerResponse): void {
    this.#handle(role, request, response).catch((error: unknown) => {
      // The client left while it was being answered; anything else is a defect of the sandbox, to be seen.
      if (response.destroyed) return;
      if (response.headersSent) response.destroy();
      else sendAnswer(response, refusal(500, `defect of the sandbox: ${String(error)}`));
    });
  }

  async #handle(role: ServerRole, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://sandbox');
    const route = findRoute(role, request.method ?? '', url.pathname);
    const database = this.#databaseOf(route);
    const record = this.#record(role, request, url.pathname, route, database);
    response.setHeader('X-Request-Id', record.id);
    response.once('close', () => {
      record.finished = true;
    });
    this.#scalingo.log.add(record);
    record.body = await readBody(request);
    if (route === undefined) {
      record.status = 404;
      sendAnswer(response, unknown());
      return;
    }
    const call: Call = { request, response, record, route, query: url.searchParams, database };
    await this.#meet(this.#faultOf(call), call);
  }

  /** `GET /api/backups/:id` names no database: the backup tells. */
  #databaseOf(route: Route | undefined): SimulatedDatabase | undefined {
    if (route === undefined) return undefined;
    const { databases } = this.#scalingo;
    if (route.addonId !== null) return databases.get(route.addonId);
    if (route.backupId === null) return undefined;
    const { backupId } = route;
    return [...databases.values()].find((database) => database.backup(backupId) !== undefined);
  }

  #record(
    server: ServerRole,
    request: IncomingMessage,
    path: string,
    route: Route | undefined,
    database: SimulatedDatabase | undefined,
  ): RecordedRequest {
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(request.headers)) headers[name] = String(value);
    const scheme = headers.authorization?.split(' ', 1)[0];
    return {
      id: randomUUID(),
      server,
      operation: route?.operation ?? null,
      method: request.method ?? '',
      path,
      headers: scheme === undefined ? headers : { ...headers, authorization: scheme },
      at: this.#scalingo.clock.now(),
      app: route?.app ?? null,
      addonId: route?.addonId ?? database?.id ?? null,
      backupId: route?.backupId ?? null,
      body: '',
      status: null,
      bytesSent: 0,
      finished: false,
    };
  }

  #faultOf({ route, database, record }: Call): Fault {
    const { operation } = route;
    const limited = this.#rateLimitFault(record);
    if (limited !== undefined) return limited;
    return (
      this.#scalingo.intercept(record) ??
      database?.faults.take(operation) ??
      this.#scalingo.faults.take(operation) ?? { kind: 'pass' }
    );
  }

  #rateLimitFault({ operation }: RecordedRequest): Fault | undefined {
    const limit = this.#scalingo.rateLimit;
    if (limit === undefined || operation === 'download' || operation === 'object') return undefined;
    const waitMs = this.#limiter.take(limit);
    if (waitMs === 0) return undefined;
    return rateLimited({
      json: limit.json ?? false,
      ...(limit.retryAfter === true ? { retryAfter: Math.ceil(waitMs / 1000) } : {}),
    });
  }

  async #meet(fault: Fault, call: Call): Promise<void> {
    const { response, record } = call;
    switch (fault.kind) {
      case 'answer':
        if (fault.executed) this.#answer(call);
        record.status = fault.status;
        sendAnswer(response, fault);
        return;
      case 'drop':
        if (fault.executed) this.#answer(call);
        response.destroy();
        return;
      case 'hang':
        if (fault.executed) this.#answer(call);
        return;
      case 'slow':
        await delay(fault.ms);
        return this.#proceed(call);
      case 'hold':
        fault.arrived();
        await fault.until;
        return this.#proceed(call);
      case 'half':
        return this.#proceed(call, true);
      default:
        return this.#proceed(call);
    }
  }

  async #proceed(call: Call, half = false): Promise<void> {
    const { operation } = call.route;
    if (operation === 'download') return this.#downloads.answerLink(call);
    if (operation === 'object') return this.#downloads.answerObject(call);
    const answer = this.#answer(call);
    call.record.status = answer.status;
    sendAnswer(call.response, answer, half);
  }

  #answer({ request, route, database }: Call): ServiceAnswer {
    const { credentials, clock, databases } = this.#scalingo;
    const { authorization } = request.headers;
    const account = {
      credentials,
      databases,
      urls: {
        auth: this.#scalingo.authUrl,
        api: this.#scalingo.apiUrl,
        database: this.#scalingo.databaseApiUrl,
      },
      tokenLifetimeMs: this.#scalingo.tokenLifetimeMs,
      addonTokenLifetimeMs: this.#scalingo.addonTokenLifetimeMs,
    };
    const bearer = /^Bearer (.+)$/.exec(authorization ?? '')?.[1];
    switch (route.operation) {
      case 'exchange':
        return exchangeToken(account, authorization);
      case 'self':
      case 'regions':
      case 'addons':
      case 'addon':
      case 'addonToken':
        return accountAnswer(account, route, bearer);
      default: {
        const context = { clock, credentials, databaseApiUrl: this.#scalingo.databaseApiUrl };
        return databaseAnswer(context, route, database, bearer);
      }
    }
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
