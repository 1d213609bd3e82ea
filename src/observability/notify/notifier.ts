import { toArchiverError } from '../../model/errors.ts';
import type { Clock, Random } from '../../ports/clock.ts';
import type { EventLog } from '../../ports/event-log.ts';
import { NO_PROXIES, type Proxies } from '../../proxy/http-proxy.ts';
import { deliver, type Message } from './delivery.ts';
import { type FaultReport, faultBody, faultText } from './fault-report.ts';
import { endOf, type RunEnd, type RunReport, type RunStart, startText, summaryText } from './run-report.ts';
import { webhookBody } from './webhook-body.ts';

export interface NotifierOptions {
  /** Secrets, both. */
  readonly pingUrl: string | undefined;
  readonly webhookUrl: string | undefined;
  /** What they are reached by. Default: directly. */
  readonly proxies?: Proxies | undefined;
  readonly version: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: EventLog;
  /** Takes secrets out of a text that leaves the machine; JSON stays JSON. */
  readonly scrub: (text: string) => string;
  /** Aborted when the process is to stop: nothing may hold it up for long any more. */
  readonly stopping: AbortSignal;
}

/** A run that has been announced. */
export interface AnnouncedRun {
  /** Tells how it went. Returns at once. */
  ended(report: RunReport): void;
}

/** Once the process is to stop, a notification may take this long. Milliseconds. */
const WHEN_STOPPING = 5_000;

/**
 * Tells others of runs, beside the work: nothing here is waited for while there is work to do, nothing throws, and
 * each notification is bounded. What could not be delivered is logged, `notify.failed`, without its URL.
 */
export class Notifier {
  readonly #options: NotifierOptions;
  readonly #userAgent: string;
  readonly #pending = new Set<Promise<void>>();
  /** Databases whose last run in this process failed. */
  readonly #failing = new Set<string>();

  constructor(options: NotifierOptions) {
    this.#options = options;
    this.#userAgent = `backup-archiver/${options.version}`;
  }

  /** A run starts. Returns at once. */
  started(start: RunStart): AnnouncedRun {
    const { pingUrl: url, version } = this.#options;
    const begun = this.#background(async () => {
      if (url !== undefined)
        await this.#send(start.runId, 'run.started', pingOf(url, 'start', startText(start, version)));
    });
    return {
      ended: (report) => {
        const { ping, webhook } = this.#messages(report);
        const end = endOf(report);
        // A start that arrives after the end would look like a run that hangs.
        if (ping !== undefined) this.#background(() => begun.then(() => this.#send(report.runId, end, ping)));
        if (webhook !== undefined) this.#background(() => this.#send(report.runId, end, webhook));
      },
    };
  }

  /** Archives were read back or restored by a schedule, and not all went well. Returns at once. */
  foundFaults(report: FaultReport): void {
    const { pingUrl, webhookUrl, version } = this.#options;
    const text = faultText(report, version);
    const send = (message: Message) =>
      this.#background(() => this.#send(report.runId, report.event, message));
    if (pingUrl !== undefined) send(pingOf(pingUrl, 'fail', text));
    if (webhookUrl !== undefined) send(webhookOf(webhookUrl, faultBody(report, version, text)));
  }

  /** Resolves when everything has been delivered or given up: within two notifications' bounds. */
  async settled(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending);
  }

  #messages(report: RunReport): { ping: Message | undefined; webhook: Message | undefined } {
    const { pingUrl: ping, webhookUrl: webhook, version } = this.#options;
    this.#remember(report);
    const touched = new Set(report.outcomes.map(({ name }) => name));
    const others = [...this.#failing].filter((name) => !touched.has(name));
    const text = summaryText(report, version, others);
    // One switch watches all databases: another's success must not wipe out what failed an hour before.
    const end = endOf(report);
    const isWell = end === 'run.completed' && others.length === 0;
    return {
      // A stop by a signal is neither a success nor a failure: the switch waits for the next run.
      ping:
        ping === undefined || end === 'run.interrupted'
          ? undefined
          : pingOf(ping, isWell ? 'success' : 'fail', text),
      webhook: webhook === undefined ? undefined : webhookOf(webhook, webhookBody(report, version, text)),
    };
  }

  #remember({ outcomes }: RunReport): void {
    for (const { name, status } of outcomes) {
      if (status === 'failed') this.#failing.add(name);
      else if (status !== 'interrupted') this.#failing.delete(name);
    }
  }

  async #send(
    runId: string,
    notification: 'run.started' | RunEnd | FaultReport['event'],
    message: Message,
  ): Promise<void> {
    const { clock, random, log, scrub, proxies = NO_PROXIES } = this.#options;
    const { target } = message;
    const begun = clock.now();
    const facts = () => ({ runId, target, notification, durationMs: clock.now() - begun });
    const bound = this.#bound();
    try {
      const scrubbed = { ...message, body: scrub(message.body) };
      const context = { clock, random, userAgent: this.#userAgent, proxies };
      const attempts = await deliver(scrubbed, context, bound.signal);
      log.debug('notify.sent', { ...facts(), attempts });
    } catch (thrown) {
      const error = toArchiverError(thrown);
      log.warn('notify.failed', { ...facts(), error }, error.message);
    } finally {
      bound.dispose();
    }
  }

  /** Aborted when a stop has been asked for and `WHEN_STOPPING` has gone by since, or since now. */
  #bound(): { signal: AbortSignal; dispose: () => void } {
    const { stopping, clock } = this.#options;
    const over = new AbortController();
    const done = new AbortController();
    const hurry = () => {
      clock.sleep(WHEN_STOPPING, done.signal).then(
        () => over.abort(),
        () => {},
      );
    };
    if (stopping.aborted) hurry();
    else stopping.addEventListener('abort', hurry, { once: true, signal: done.signal });
    return { signal: over.signal, dispose: () => done.abort() };
  }

  /** @returns when it is over; it never rejects */
  #background(work: () => Promise<void>): Promise<void> {
    const task = work().finally(() => this.#pending.delete(task));
    this.#pending.add(task);
    return task;
  }
}

function pingOf(url: string, signal: 'start' | 'success' | 'fail', body: string): Message {
  return { target: 'ping', url: pingUrl(url, signal), contentType: 'text/plain; charset=utf-8', body };
}

function webhookOf(url: string, body: Record<string, unknown>): Message {
  return { target: 'webhook', url, contentType: 'application/json', body: JSON.stringify(body) };
}

/**
 * Where a dead-man switch of healthchecks.io's style is called for what
 * (https://healthchecks.io/docs/http_api/): the URL itself for a success, `/start` and `/fail` below it. A query
 * stays where it is.
 */
export function pingUrl(url: string, signal: 'start' | 'success' | 'fail'): string {
  if (signal === 'success') return url;
  const [path = '', ...query] = url.split('?');
  return [`${path.replace(/\/+$/, '')}/${signal}`, ...query].join('?');
}
