import { isSetting, type Section } from './setting.ts';

/** Timers hold 2^31 - 1 ms, a little under 25 days; a longer wait would end at once. */
const LONGEST_WAIT = '24d';

/** What every database has and may override under its own entry. */
export const databaseSections = {
  schedule: {
    cron: {
      doc: 'When a run starts: five fields (minute hour day month weekday), or six with seconds first.',
      format: 'cron',
      default: '0 3 * * *',
      env: 'SCHEDULE_CRON',
    },
    timezone: {
      doc: 'The time zone that the cron pattern is read in.',
      format: 'timezone',
      default: 'UTC',
      env: 'SCHEDULE_TIMEZONE',
      example: 'Europe/Paris',
    },
    jitter: {
      doc: 'Each slot starts up to this much later, at random, so that a fleet does not start as one.',
      format: 'duration',
      default: '0s',
      min: '0s',
      max: '1d',
      env: 'SCHEDULE_JITTER',
    },
    runOnStart: {
      doc: 'Whether the daemon makes a run as soon as it starts.',
      format: 'flag',
      default: false,
      env: 'SCHEDULE_RUN_ON_START',
    },
    catchUp: {
      doc: "Whether a slot missed while it was down is made up for, judged by the newest archive's time.",
      format: 'flag',
      default: true,
      env: 'SCHEDULE_CATCH_UP',
    },
    retryAfter: {
      doc: 'The wait before a slot that failed by an outage or a held lease is tried again, doubling to `1h`; `0`: never.',
      format: 'duration',
      default: '5m',
      min: '0s',
      max: '1d',
      env: 'SCHEDULE_RETRY_AFTER',
    },
  },
  backup: {
    mode: {
      doc: '`create` makes a backup a run, `latest` archives the newest done one, `mirror` every done one.',
      format: 'choice',
      values: ['create', 'latest', 'mirror'],
      default: 'create',
      env: 'BACKUP_MODE',
    },
    reuseWithin: {
      doc: 'A done backup younger than this that is not archived yet is taken instead of making another.',
      format: 'duration',
      default: '1h',
      min: '0s',
      max: '365d',
      env: 'BACKUP_REUSE_WITHIN',
    },
    pollInterval: {
      doc: 'How often the list of backups is read while one is awaited.',
      format: 'duration',
      default: '15s',
      min: '100ms',
      max: '1h',
      env: 'BACKUP_POLL_INTERVAL',
    },
    timeout: {
      doc: 'How long to wait for a backup to be done; even a small one can take more than an hour to start.',
      format: 'duration',
      default: '6h',
      min: '100ms',
      max: LONGEST_WAIT,
      env: 'BACKUP_TIMEOUT',
    },
  },
  retention: {
    keepLast: keep('The newest this many archives stay.', 'RETENTION_KEEP_LAST'),
    keepDaily: keep('The newest archive of each of this many days stays.', 'RETENTION_KEEP_DAILY'),
    keepWeekly: keep('The newest archive of each of this many ISO weeks stays.', 'RETENTION_KEEP_WEEKLY'),
    keepMonthly: keep('The newest archive of each of this many months stays.', 'RETENTION_KEEP_MONTHLY'),
    keepYearly: keep('The newest archive of each of this many years stays.', 'RETENTION_KEEP_YEARLY'),
    keepWithin: {
      doc: 'Everything younger than this stays, measured from the newest archive; `0` is no rule.',
      format: 'calendarSpan',
      default: null,
      env: 'RETENTION_KEEP_WITHIN',
      example: '90d, 18mo, 2y or 1y6mo',
    },
    minKeep: {
      doc: 'Never fewer archives than this stay, whatever the rules say.',
      format: 'count',
      default: 1,
      min: 1,
      max: 100_000,
      env: 'RETENTION_MIN_KEEP',
    },
    allowMassDeletion: {
      doc: 'Carry out also a plan that deletes more than half of the archives of a database at once.',
      format: 'flag',
      default: false,
      env: 'RETENTION_ALLOW_MASS_DELETION',
    },
    timezone: {
      doc: 'The time zone whose days, weeks, months and years the rules count.',
      format: 'timezone',
      default: 'UTC',
      env: 'RETENTION_TIMEZONE',
    },
  },
} as const satisfies Section;

function keep(doc: string, env: string) {
  return { doc: `${doc} \`0\` is no rule.`, format: 'count', default: 0, min: 0, max: 100_000, env } as const;
}

/** The keys of an entry of `databases` that say which database it is. */
export const databaseIdentity = {
  name: {
    doc: 'The name of the folder in the bucket and of the database in logs; unique.',
    format: 'databaseName',
    default: null,
    required: true,
  },
  app: {
    doc: 'The Scalingo application that the addon belongs to; not needed with a bearer token.',
    format: 'app',
    default: null,
  },
  id: { doc: 'The id of the addon; unique.', format: 'addonId', default: null, required: true },
} as const satisfies Section;

/** Everything an entry of `databases` may hold. An override that is absent or null changes nothing. */
export const databaseEntry: Section = { ...databaseIdentity, ...withoutDefaults(databaseSections) };

/** The same keys as overrides: unset by default, and not from the environment. */
function withoutDefaults(section: Section): Section {
  const nodes = Object.entries(section).map(([name, node]) => {
    if (!isSetting(node)) return [name, withoutDefaults(node)];
    const { env: _, ...setting } = node;
    return [name, { ...setting, default: null }];
  });
  return Object.fromEntries(nodes);
}
