import { randomUUID } from 'node:crypto';
import { checkDatabase, databaseReporter } from '../../check/check-database.ts';
import { checkStore } from '../../check/check-store.ts';
import { type Finding, reporterOf } from '../../check/finding.ts';
import { judgeClock } from '../../check/judge-clock.ts';
import { mapBounded } from '../../concurrency/map-bounded.ts';
import type { Config, DatabaseConfig } from '../../config/schema/config.ts';
import { openOutput } from '../../process/output.ts';
import { hasRules } from '../../retention/retention-policy.ts';
import { type AppContext, type InspectedAdapters, openAdapters, openJobs } from '../app-context.ts';
import { EXIT } from '../exit-code.ts';
import type { Invocation } from '../invocation.ts';
import { checkJson, checkLines } from '../render/check-report.ts';
import { type Print, printInPieces } from '../render/print-in-pieces.ts';
import { screenWidth } from '../screen-width.ts';
import { describeConfig, describeNetwork } from '../setup-report.ts';
import { whileOpen } from '../with-store.ts';
import { chosenDatabases } from './run.ts';

/** Tries of one call to the source: a person waits. */
const ATTEMPTS = 3;
/** Databases that are looked at at once. */
const AT_ONCE = 4;

/**
 * `check`: what a run would meet, before the first night. No backup is made, and what it writes it takes away again.
 * @returns the exit code: 1 where a fault is found
 */
export async function checkVerb(
  config: Config,
  invocation: Invocation,
  context: AppContext,
  print: Print,
): Promise<number> {
  const databases = chosenDatabases(config, invocation);
  const open = () => openAdapters(config, context, ATTEMPTS);
  return whileOpen(open, context, async (adapters, signal) => {
    const lines = await checkAll({ config, databases, adapters, context }, signal);
    const look = { colors: openOutput(1, context.scrubber).hasColors, width: screenWidth(context) };
    await printInPieces(invocation.json ? checkJson(lines) : checkLines(lines, look), print, signal);
    return lines.some(({ level }) => level === 'fail') ? EXIT.failed : EXIT.done;
  });
}

interface Checked {
  readonly config: Config;
  readonly databases: readonly DatabaseConfig[];
  readonly adapters: InspectedAdapters;
  readonly context: AppContext;
}

/** In the order in which a person mends things: what is configured, the source, its databases, the store. */
async function checkAll(checked: Checked, signal: AbortSignal): Promise<Finding[]> {
  const { config } = checked;
  const looking = lookAtStore(checked, signal);
  const [signing] = await Promise.allSettled([signIn(checked, signal), looking]);
  // Not before the store is left as it was, whatever has become of the other.
  const store = await looking;
  if (signing.status === 'rejected') throw signing.reason;
  const signedIn = signing.value;
  const source =
    signedIn.level === 'fail' ? notLookedAt(checked) : await lookAtDatabases(checked, store.responds, signal);
  const clock = judgeClock(reporterOf('scalingo', 'scalingo'), checked.adapters.source.clockOffset, {
    signs: false,
  });
  return [
    ...describeConfig(config),
    ...describeNetwork(config),
    signedIn,
    ...clock,
    ...source,
    ...store.found,
  ];
}

function lookAtStore({ config, databases, adapters, context }: Checked, signal: AbortSignal) {
  const { s3 } = config;
  const store = adapters.store.heardBy(context.log);
  return checkStore(
    {
      store,
      leases: store.leases,
      inspection: store.inspection,
      demands: {
        prefix: s3.prefix,
        databases: config.databases.map(({ name }) => name),
        tags: s3.tags,
        objectLock: s3.objectLock !== undefined,
        hasPolicy: config.databases.some(({ retention }) => hasRules(retention)),
      },
      database: databases[0]?.name ?? 'check',
      checkId: randomUUID(),
    },
    signal,
  );
}

async function signIn({ config, adapters }: Checked, signal: AbortSignal): Promise<Finding> {
  const report = reporterOf('scalingo', 'scalingo');
  const { apiToken, authUrl } = config.scalingo;
  try {
    await adapters.source.signIn(signal);
  } catch (error) {
    signal.throwIfAborted();
    return report.failed('token', `${new URL(authUrl).host} gives no token`, error);
  }
  if (apiToken !== undefined) return report.ok('token', `${new URL(authUrl).host} accepts the API token`);
  const remedy = 'Set SCALINGO_API_TOKEN for a daemon or a CronJob.';
  return report.warn('token', 'a ready token is used (DB_BEARER_TOKEN): it is good for an hour', remedy);
}

function notLookedAt({ databases }: Checked): Finding[] {
  return databases.map(({ name }) =>
    databaseReporter(name).warn('source', 'not looked at, since there is no token for it'),
  );
}

async function lookAtDatabases(
  { config, databases, adapters, context }: Checked,
  storeResponds: boolean,
  signal: AbortSignal,
): Promise<Finding[]> {
  const { jobs } = openJobs(config, databases, adapters, context);
  const schedules = new Map(databases.map(({ name, schedule }) => [name, schedule]));
  const found = await mapBounded(
    jobs,
    AT_ONCE,
    (job, working) => checkDatabase(job, schedules.get(job.name) ?? config.schedule, storeResponds, working),
    signal,
  );
  return found.flat();
}
