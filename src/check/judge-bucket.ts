import { databaseFolder } from '../model/archive-key.ts';
import type { BucketSettings, LifecycleRule, Shown } from '../ports/store-inspection.ts';
import type { Finding, Reporter } from './finding.ts';

/** What the configuration asks of the bucket. */
export interface BucketDemands {
  /** Empty, or ending in `/`. */
  readonly prefix: string;
  /** The names of all databases: each has a folder below the prefix. */
  readonly databases: readonly string[];
  /** Those that each archive is stored with. */
  readonly tags: Readonly<Record<string, string>>;
  /** Archives are to be locked. */
  readonly objectLock: boolean;
  /** Some database has a retention policy. */
  readonly hasPolicy: boolean;
}

/** What the settings of a bucket mean to archives in it. @param showsUploads `undefined` where that is not known */
export function judgeBucket(
  report: Reporter,
  settings: BucketSettings,
  demands: BucketDemands,
  showsUploads: boolean | undefined,
): Finding[] {
  const lock = judgeLock(report, settings.objectLock, demands);
  const versions = judgeVersions(report, settings, demands);
  const rules = judgeRules(report, settings.lifecycle, demands, showsUploads);
  return [...lock, ...versions, ...rules, ...unreadable(report, settings)];
}

function judgeLock(
  report: Reporter,
  { value: lock }: BucketSettings['objectLock'],
  { objectLock: isAsked }: BucketDemands,
): Finding[] {
  if (lock === undefined) return [];
  if (!lock.enabled) {
    if (!isAsked) return [report.ok('object-lock', 'Object Lock is not enabled, and not asked for')];
    const remedy =
      'Enable Object Lock on the bucket (most stores: only when it is created), or remove objectLock.mode and objectLock.days from the settings of the store.';
    return [
      report.fail(
        'object-lock',
        'archives are to be locked, and Object Lock is not enabled on the bucket',
        remedy,
      ),
    ];
  }
  const by = lock.byDefault;
  if (by === undefined)
    return [report.ok('object-lock', `Object Lock is enabled${isAsked ? '' : ', and not asked for'}`)];
  return [
    report.ok('object-lock', `Object Lock holds whatever comes in for ${by}: nothing deletes it before`),
  ];
}

function judgeVersions(
  report: Reporter,
  { versioning: { value: state }, lifecycle }: BucketSettings,
  { prefix, databases, hasPolicy }: BucketDemands,
): Finding[] {
  if (state === undefined) return [];
  if (state === 'off')
    return [report.ok('versioning', 'the bucket has no versions: what is deleted is gone')];
  // Each lease that is taken and given back leaves some too.
  const folders = [...foldersOf(prefix, databases), `${prefix}.locks/`];
  const rule = lifecycle.value?.find(
    (each) => each.removesOldVersions !== undefined && covers(each, folders),
  );
  if (rule !== undefined) {
    const says = `versioning is ${state}; rule "${rule.name}" removes older versions ${rule.removesOldVersions}`;
    return [report.ok('versioning', says)];
  }
  const says = `versioning is ${state}: what is deleted stays as an older version, and is billed${lifecycle.value === undefined ? '; whether a lifecycle rule removes those is not known' : ''}`;
  if (!hasPolicy) return [report.ok('versioning', says)];
  const remedy =
    'Add a lifecycle rule that removes noncurrent versions (NoncurrentVersionExpiration): without one, retention frees no space.';
  return [report.warn('versioning', says, remedy)];
}

function judgeRules(
  report: Reporter,
  { value: rules, unknown }: Shown<readonly LifecycleRule[]>,
  { prefix, databases, tags }: BucketDemands,
  showsUploads: boolean | undefined,
): Finding[] {
  if (rules === undefined) {
    if (unknown !== 'unsupported') return [];
    return [report.ok('lifecycle', 'the store shows no lifecycle rules')];
  }
  const folders = foldersOf(prefix, databases);
  const ours = rules.filter((rule) => touches(rule, folders));
  const found = ours.flatMap((rule) => judgeRule(report, rule, tags));
  const harmless =
    found.length > 0 ? [] : [report.ok('lifecycle', 'no lifecycle rule deletes or moves archives')];
  return [...found, ...harmless, judgeUploadRule(report, rules, folders, showsUploads)];
}

function judgeRule(
  report: Reporter,
  { name, narrowedTo, deletes, moves }: LifecycleRule,
  tags: BucketDemands['tags'],
): Finding[] {
  const appliesToAll = narrowedTo === undefined || (!narrowedTo.bySize && hasAll(tags, narrowedTo.tags));
  const which = appliesToAll ? 'archives' : 'objects of certain tags or sizes';
  const found: Finding[] = [];
  if (deletes !== undefined) {
    const says = `the lifecycle rule "${name}" deletes ${which} ${deletes}`;
    const why = 'retention alone may delete archives, since it keeps the newest one.';
    found.push(
      appliesToAll
        ? report.fail('lifecycle.deletes', says, `Remove the rule, or confine it to another prefix: ${why}`)
        : report.warn(
            'lifecycle.deletes',
            `${says}; whether archives are such is not known`,
            `Make sure that it applies to no archive, best by another prefix: ${why}`,
          ),
    );
  }
  for (const { to, when, isCold } of moves) {
    const says = `the lifecycle rule "${name}" moves ${which} to ${to} ${when}`;
    if (!isCold) found.push(report.ok('lifecycle.moves', `${says}, from where they can be read`));
    else {
      const remedy = `What lies there has to be restored before \`download\`, \`verify --deep\` or \`restore-test\` can read it: hours, and for money. Keep it if that is meant.`;
      found.push(report.warn('lifecycle.moves', says, remedy));
    }
  }
  return found;
}

function judgeUploadRule(
  report: Reporter,
  rules: readonly LifecycleRule[],
  folders: readonly string[],
  showsUploads: boolean | undefined,
): Finding {
  const rule = rules.find((each) => each.abortsUploads !== undefined && covers(each, folders));
  if (rule !== undefined) {
    return report.ok(
      'lifecycle.uploads',
      `rule "${rule.name}" aborts unfinished uploads ${rule.abortsUploads}`,
    );
  }
  const says = 'no lifecycle rule aborts unfinished uploads';
  if (showsUploads !== false) {
    return report.ok('lifecycle.uploads', `${says}: runs abort their own (maxUploadAge)`);
  }
  const remedy =
    'Add a rule that aborts incomplete uploads after some days: what a killed run leaves is billed.';
  return report.warn('lifecycle.uploads', says, remedy);
}

function unreadable(report: Reporter, { versioning, objectLock, lifecycle }: BucketSettings): Finding[] {
  const asked = [
    ['versioning', versioning],
    ['Object Lock', objectLock],
    ['lifecycle rules', lifecycle],
  ] as const;
  const failed = asked.flatMap(([, { unknown, hint }]) => (unknown === 'failed' ? (hint ?? []) : []));
  const broken = failed.map((why) =>
    report.warn('settings', why, 'Try again: the store may be back by then.'),
  );
  const hidden = asked.filter(([, { unknown }]) => unknown === 'forbidden');
  if (hidden.length === 0) return broken;
  const hints = hidden.flatMap(([, { hint }]) => hint ?? []);
  const says = `these keys may not read of the bucket: ${hidden.map(([name]) => name).join(', ')}`;
  const remedy = `Look at these yourself: whether a rule deletes archives is not known. Or ${hints.join(', ')}.`;
  return [...broken, report.warn('settings', says, remedy)];
}

function foldersOf(prefix: string, databases: readonly string[]): string[] {
  return databases.map((database) => databaseFolder(prefix, database));
}

/** Whether a rule applies to all that is in these folders. */
function covers({ prefix, narrowedTo }: LifecycleRule, folders: readonly string[]): boolean {
  return narrowedTo === undefined && folders.every((folder) => folder.startsWith(prefix));
}

/** Whether a rule may apply to something in one of these folders. */
function touches({ prefix }: LifecycleRule, folders: readonly string[]): boolean {
  return folders.some((folder) => folder.startsWith(prefix) || prefix.startsWith(folder));
}

function hasAll(tags: Readonly<Record<string, string>>, asked: Readonly<Record<string, string>>): boolean {
  return Object.entries(asked).every(([key, value]) => Object.hasOwn(tags, key) && tags[key] === value);
}
