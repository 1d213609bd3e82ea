import type { Config } from '../config/schema/config.ts';
import { healthPages } from '../observability/health/health-pages.ts';
import { Heartbeats } from '../observability/health/heartbeats.ts';
import { startHttpServer } from '../observability/health/http-server.ts';
import { Metrics } from '../observability/metrics/metrics.ts';
import { observeProgress } from '../observability/metrics/observe-progress.ts';
import { RunMetrics } from '../observability/metrics/run-metrics.ts';
import { VerifyMetrics } from '../observability/metrics/verify-metrics.ts';
import { watchBucket } from '../observability/metrics/watch-bucket.ts';
import type { Shutdown } from '../process/shutdown.ts';
import { keepSchedule } from '../schedule/keep-schedule.ts';
import type { ScheduleContext, ScheduledDatabase } from '../schedule/scheduled-database.ts';
import { type AppContext, openStore } from './app-context.ts';
import { openNotifier } from './open-notifier.ts';
import { unverifiedAfter } from './unverified-after.ts';

/**
 * Lets the daemon be watched: health and metrics where `http.port` is set, notifications where `notify` names
 * an address. Both end with the shutdown.
 * @returns the context to work in from here
 * @throws ArchiverError `http.listen_failed`
 */
export async function startMonitoring(
  config: Config,
  context: AppContext,
  shutdown: Shutdown,
): Promise<AppContext> {
  const served = config.http.port === undefined ? context : await serveHealth(config, context, shutdown);
  const notifier = openNotifier(config, served, shutdown.signal);
  return notifier === undefined ? served : { ...served, notifier };
}

async function serveHealth(config: Config, context: AppContext, shutdown: Shutdown): Promise<AppContext> {
  const { clock, log, version } = context;
  const names = config.databases.map(({ name }) => name);
  const metrics = new Metrics();
  const runs = new RunMetrics(metrics, names, version, clock);
  const verifications = new VerifyMetrics(metrics, names, unverifiedAfter(config.verify), clock);
  context.subscribe(runs.onEvent);
  context.subscribe(verifications.onEvent);
  const heartbeats = new Heartbeats(() => performance.now());
  const unseen = new Set(names);
  const isStopping = () => shutdown.reason !== undefined;
  const server = await startHttpServer({
    port: config.http.port ?? 0,
    host: config.http.host,
    pages: healthPages({ heartbeats, metrics, unseen, isStopping }),
    log,
  });
  // Added before all others, it is released after them: probes are answered while the work drains.
  shutdown.onRelease('health', () => server.close());
  log.info('http.listening', { port: server.port }, `health and metrics on port ${server.port}`);

  const store = openStore(config, context);
  const over = new AbortController();
  const looking = watchBucket(
    {
      store,
      databases: names,
      metrics: runs,
      verifications,
      clock,
      log,
      onSeen: (name) => unseen.delete(name),
    },
    over.signal,
  ).catch((error: unknown) => {
    if (!over.signal.aborted) log.error('metrics.failed', { error }, 'the bucket is not looked at any more');
  });
  shutdown.onRelease('bucket watch', async () => {
    over.abort();
    await looking;
    store.close();
  });
  const progress: AppContext['progress'] = (of) => observeProgress(context.progress(of), runs.transfers);
  return { ...context, progress, uncounted: context.progress, heartbeats };
}

/** `keepSchedule`, whose turning shows in `/healthz`. */
export function keepWatchedSchedule(
  { heartbeats }: Pick<AppContext, 'heartbeats'>,
  database: ScheduledDatabase,
  context: ScheduleContext,
  signal: AbortSignal,
): Promise<void> {
  if (heartbeats === undefined) return keepSchedule(database, context, signal);
  const { name } = database;
  const watched: ScheduledDatabase = {
    ...database,
    run: (order, running) => heartbeats.working(name, () => database.run(order, running)),
    newestArchivedAt: (asked) => heartbeats.working(name, () => database.newestArchivedAt(asked)),
  };
  const clock = heartbeats.clockFor(name, context.clock);
  return heartbeats.following(name, () => keepSchedule(watched, { ...context, clock }, signal));
}
