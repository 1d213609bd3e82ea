import { ONE_DATABASE, SOUND, SOUND_BUT_DATABASES, without } from './workspace.ts';
import { testWrongCases, type WrongCase } from './wrong-case.ts';

/** A file beside an environment that is sound but for the databases. */
function file(name: string, yaml: string, ...lines: (string | RegExp)[]): WrongCase {
  return { name, yaml, env: SOUND_BUT_DATABASES, lines };
}

function entries(name: string, yaml: string, ...lines: (string | RegExp)[]): WrongCase {
  return file(name, `databases:\n${yaml}`, ...lines);
}

const AT = 'from the file config/archiver.yaml, line';

// The databases.
testWrongCases([
  file(
    'databases as a map',
    'databases: { name: a }',
    `databases (${AT} 1): must be a list, each entry beginning with "- name:"`,
  ),
  file(
    'databases as a text',
    'databases: shop',
    `databases (${AT} 1): "shop" is not a list; allowed: a list of databases, each beginning with "- name:"`,
  ),
  file(
    'an empty list',
    'databases: []',
    `databases (${AT} 1): the list is empty; give at least one entry with name, app and id`,
  ),
  entries(
    'an entry that is a text',
    '  - shop',
    `databases[0] (${AT} 2): "shop" is no entry; allowed: a map with name, app and id`,
  ),
  entries(
    'an entry that is nothing',
    '  -',
    `databases[0] (${AT} 2): null is no entry; allowed: a map with name, app and id`,
  ),
  entries(
    'an entry with nothing in it',
    '  - { name: a, app: b, id: ad-1 }\n  - {}',
    `databases[1].name (${AT} 3): is missing; it names the folder in the bucket`,
    `databases[1].id (${AT} 3): is missing; give the addon id, "ad-…"`,
    `databases[1].app (${AT} 3): is missing; an API token needs the application that the addon belongs to`,
  ),
  entries(
    'a wrong override in the third',
    '  - { name: a, app: x, id: ad-1 }\n  - { name: b, app: x, id: ad-2 }\n  - name: c\n    app: x\n    id: ad-3\n    backup:\n      mode: lates',
    `databases[2].backup.mode (${AT} 8): "lates" is not allowed; allowed: one of create, latest, mirror; did you mean latest?`,
  ),
  entries(
    'wrong overrides of every kind',
    '  - { name: a, app: x, id: ad-1, schedule: { cron: "* *" }, backup: { pollInterval: 1 }, retention: { minKeep: 0 } }',
    /^databases\[0\]\.schedule\.cron \(.*, line 2\): "\* \*" has 2 fields/,
    /^databases\[0\]\.backup\.pollInterval \(.*, line 2\): 1 has no unit/,
    /^databases\[0\]\.retention\.minKeep \(.*, line 2\): 0 is less than 1/,
  ),
  entries(
    'keys that no entry has',
    '  - { name: a, app: x, id: ad-1, s3: { bucket: b }, retension: {} }',
    /^databases\[0\]\.s3 \(.*\): unknown key; allowed here: name, app, id, schedule, backup, retention$/,
    /^databases\[0\]\.retension \(.*\): unknown key; did you mean retention\?$/,
  ),
  entries(
    'a name and an id twice',
    '  - { name: a, app: x, id: ad-1 }\n  - { name: a, app: y, id: ad-1 }',
    `databases[1].name (${AT} 3): "a" is the name of databases[0] already; each needs its own`,
    `databases[1].id (${AT} 3): "ad-1" is the id of databases[0] already; each needs its own`,
  ),
  entries(
    'a name in capitals',
    '  - { name: Shop, app: x, id: ad-1 }',
    /^databases\[0\]\.name \(.*\): "Shop" is not allowed; .*; "shop" would do$/,
  ),
  entries(
    'a name that is a number',
    '  - { name: 42, app: x, id: ad-1 }',
    /^databases\[0\]\.name \(.*\): 42 is a number; .*; put it in quotes$/,
  ),
  entries(
    'an id with a slash',
    '  - { name: a, app: x, id: ad-1/backups }',
    /^databases\[0\]\.id \(.*\): .* is not allowed; allowed: the id of the addon: letters/,
  ),
  entries(
    'a timeout shorter than the general interval',
    '  - { name: a, app: x, id: ad-1, backup: { timeout: 5s } }',
    /^databases\[0\]\.backup\.timeout \(.*, line 2\): 5\.0 s is shorter than backup\.pollInterval \(not set; variable BACKUP_POLL_INTERVAL\), 15\.0 s/,
  ),
  {
    name: 'a list and a single database',
    yaml: ONE_DATABASE,
    env: without(SOUND, 'DATABASE_NAME'),
    lines: [
      `databases (${AT} 1): are given as a list, and a single one by SCALINGO_APP (from the environment) and DATABASE_ID (from the environment); give one of the two`,
    ],
  },
]);
