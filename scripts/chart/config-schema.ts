import type { FormatName } from '../../src/config/formats/formats.ts';
import { databaseEntry } from '../../src/config/schema/database-schema.ts';
import { schema } from '../../src/config/schema/schema.ts';
import { isSetting, type Section, type Setting, TOGETHER } from '../../src/config/schema/setting.ts';
import { type JsonSchema, strict } from './json-schema.ts';

/** What the chart gives by other values of its own: `http`, the environment's own, and all secrets. */
const ELSEWHERE = new Set(['http', 'proxy', 'notify', 'database']);

/** The chart's `config`: the program's own schema, less secrets and what only the environment has. */
export function configSchema(): JsonSchema {
  const sections = Object.entries(schema).filter(([name]) => !ELSEWHERE.has(name));
  const { properties, ...rest } = sectionSchema(Object.fromEntries(sections));
  const entry = { ...sectionSchema(databaseEntry), required: ['name', 'app', 'id'] };
  return {
    ...rest,
    properties: { ...properties, databases: { type: 'array', items: entry } },
    required: ['databases', 'schedule', 's3'],
  };
}

function sectionSchema(section: Section): JsonSchema {
  const properties = Object.entries(section)
    .filter(([, node]) => !isSetting(node) || (node.sensitive !== true && node.environmentOnly !== true))
    .map(([name, node]) => [name, isSetting(node) ? settingSchema(node) : sectionSchema(node)] as const);
  const whole = strict(Object.fromEntries(properties));
  if (section[TOGETHER] !== true) return whole;
  const names = properties.map(([name]) => name);
  const others = names.map((name) => [name, names.filter((other) => other !== name)] as const);
  return { ...whole, dependencies: Object.fromEntries(others) };
}

function settingSchema(setting: Setting): JsonSchema {
  return { description: setting.doc, ...FORMATS[setting.format](setting) };
}

const text = (pattern?: string): JsonSchema => ({
  type: 'string',
  ...(pattern === undefined ? { minLength: 1 } : { pattern }),
});

/** Where IANA's zones are, and those that are no place or an old name of one (Node takes them too). */
const ZONE =
  '^((Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Brazil|Canada|Chile|Etc|Europe|Indian|Mexico|Pacific|US)(/[A-Za-z0-9_+-]+){1,2}' +
  '|UTC|UCT|GMT|GMT[+-]?0|Greenwich|Universal|Zulu|CET|EET|MET|WET|EST|MST|HST|EST5EDT|CST6CDT|MST7MDT|PST8PDT' +
  '|Cuba|Egypt|Eire|GB|GB-Eire|Hongkong|Iceland|Iran|Israel|Jamaica|Japan|Kwajalein|Libya|NZ|NZ-CHAT|Navajo|PRC|Poland|Portugal|ROC|ROK|Singapore|Turkey|W-SU)$';

/**
 * Looser than the program where a pattern would be unreadable: the program says the rest itself. An empty
 * bucket is a value not given yet; the templates ask for it.
 */
const FORMATS: Readonly<Record<FormatName, (setting: Setting) => JsonSchema>> = {
  addonId: () => text('^[A-Za-z0-9][A-Za-z0-9._-]*$'),
  apiToken: () => text(),
  app: () => text('^[A-Za-z0-9][A-Za-z0-9_-]*$'),
  bearerToken: () => text(),
  bucket: () => text('^([A-Za-z0-9][A-Za-z0-9._-]{2,62})?$'),
  calendarSpan: () => ({ ...text('^(0|(?:\\d+y)?(?:\\d+mo)?(?:\\d+d)?(?:\\d+h)?)$'), minLength: 1 }),
  choice: ({ values = [] }) => ({ type: 'string', enum: values }),
  count: ({ min, max }) => ({
    type: 'integer',
    ...(min === undefined ? {} : { minimum: Number(min) }),
    ...(max === undefined ? {} : { maximum: Number(max) }),
  }),
  cron: () => text('^\\s*\\S+(\\s+\\S+){4,5}\\s*$'),
  databaseName: () => ({ ...text('^[a-z0-9][a-z0-9._-]*$'), maxLength: 200 }),
  duration: () => text('^(0|\\d+(\\.\\d+)?\\s*(ms|s|m|h|d))$'),
  flag: () => ({ type: 'boolean' }),
  host: () => text(),
  hostList: () => text(),
  list: () => ({ type: 'array' }),
  mysqlUrl: () => text(),
  path: () => text(),
  percent: () => text('^\\d{1,3} ?%$'),
  postgresqlUrl: () => text(),
  prefix: () => ({ type: 'string' }),
  proxyUrl: () => text(),
  region: () => text('^[A-Za-z0-9][A-Za-z0-9._-]*$'),
  secret: () => text(),
  secretUrl: () => text(),
  size: () => text('^\\d+(\\.\\d+)?\\s*(B|[KMGT]i?B)?$'),
  storageClass: () => text('^[A-Z][A-Z0-9_-]*$'),
  tags: () => ({ type: 'object', additionalProperties: { type: 'string' }, maxProperties: 10 }),
  timezone: () => text(ZONE),
  url: () => text('^https?://'),
  urlOrHost: () => text('^[^\\s?#]+$'),
  word: () => text(),
};
