import type { Metrics } from '../metrics/metrics.ts';
import type { Heartbeats } from './heartbeats.ts';
import { type HttpServerOptions, type Page, plain } from './http-server.ts';

/** What the pages tell of. */
export interface HealthState {
  readonly heartbeats: Heartbeats;
  readonly metrics: Metrics;
  /** Databases whose archives could not be listed yet. */
  readonly unseen: ReadonlySet<string>;
  readonly isStopping: () => boolean;
}

/**
 * `/healthz`: the loops turn; where they do not, only a restart helps. `/readyz`: the bucket has been read for every
 * database since the start, and nothing is being shut down. An outage of the bucket or of the source later on changes
 * neither: a restart would not help, and the metrics tell.
 */
export function healthPages({
  heartbeats,
  metrics,
  unseen,
  isStopping,
}: HealthState): HttpServerOptions['pages'] {
  return {
    '/healthz': () => verdict(heartbeats.complaints()),
    '/readyz': () => {
      if (isStopping()) return verdict(['stopping']);
      return verdict([...unseen].map((database) => `the archives of ${database} have not been seen yet`));
    },
    '/metrics': async () => ({ status: 200, ...(await metrics.page()) }),
  };
}

function verdict(complaints: readonly string[]): Page {
  return complaints.length === 0 ? plain(200, 'ok\n') : plain(503, `${complaints.join('\n')}\n`);
}
