import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { formats } from '../../src/config/formats/formats.ts';

const chart = new URL('../../helm/backup-archiver/values.schema.json', import.meta.url);
const { properties } = JSON.parse(readFileSync(chart, 'utf8')).properties.config;
const patterns = [properties.schedule, properties.retention].map(
  (section) => new RegExp(section.properties.timezone.pattern),
);

/** Links of IANA's "backward" file, and zones that are no place. */
const OTHERS = [
  ...['UTC', 'GMT', 'CET', 'EST5EDT', 'Etc/GMT+5', 'US/Pacific', 'Zulu', 'GB-Eire', 'NZ', 'W-SU', 'PRC'],
  ...[
    'America/Argentina/ComodRivadavia',
    'America/Indiana/Knox',
    'Asia/Ust-Nera',
    'Antarctica/DumontDUrville',
  ],
];

it('the chart takes every time zone that the program knows', () => {
  for (const zone of [...Intl.supportedValuesOf('timeZone'), ...OTHERS]) {
    expect(formats.timezone.read(zone, {}), zone).toEqual({ value: zone });
    for (const pattern of patterns) expect(zone).toMatch(pattern);
  }
});
