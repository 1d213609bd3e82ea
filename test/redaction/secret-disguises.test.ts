import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { MASKS } from '../../src/redaction/mask-text.ts';
import { createScrubber } from '../../src/redaction/output-scrubber.ts';

import { SourceFaults } from '../../src/run/download/source-faults.ts';
import { DISGUISES, leaksIn } from '../support/disguises.ts';
import { seededRandom } from '../support/seeded-random.ts';

const REDACTED = MASKS.log;
const random = seededRandom(8);
/** In the letters that each kind of secret has. */
const SECRETS = {
  'a token': 'tk-us-Zq8Wd0_fK3nL-5vR7xB1mY2c',
  "a link's token": 'aZ4-kP9_vQ2xW7tR5yU8iO3p',
  'a secret key': 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYzW3kQ9sT1v',
  'a session token': 'FwoGZXIvYXdzEJr//////////wEaDH+Q2v0pXk1cLQ==',
  'a JWT': 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnktOTkifQ.dGhpcy1pcy1zaWduZWQ',
  'a password': 'p4ss word&"<x7>\'~Qz',
};

describe.each(Object.entries(SECRETS))('%s', (_kind, secret) => {
  it.each(Object.entries(DISGUISES))('is masked %s', (_disguise, disguise) => {
    const scrubber = createScrubber();
    scrubber.learn(secret);
    for (let round = 0; round < 20; round++) {
      const text = `fail to get archive: bad token ${disguise(secret, random)} of shop`;
      expect(leaksIn(text, [secret])).toEqual([secret]);
      for (const line of [text, JSON.stringify({ event: 'x', message: text })]) {
        for (const shown of [scrubber.scrub(line), scrubber.redact(line), scrubber.redact(line, true)]) {
          expect(leaksIn(shown, [secret]), shown).toEqual([]);
          expect(shown).toContain(REDACTED);
          expect(shown).toContain('fail to get archive: bad token ');
          expect(shown).toContain(' of shop');
          if (line !== text) expect(() => JSON.parse(shown)).not.toThrow();
        }
      }
    }
  });

  it('is masked wherever the text is cut', () => {
    const scrubber = createScrubber();
    scrubber.learn(secret);
    for (const disguise of Object.values(DISGUISES)) {
      const text = `bad token ${disguise(secret, random)}`;
      for (let end = text.length; end > 10; end -= 1 + Math.floor(random() * 3)) {
        const shown = scrubber.redact(text.slice(0, end), true);
        expect(leaksIn(shown, [secret]), shown).toEqual([]);
        // Of what is left of it, three characters at most are seen.
        if (disguise === DISGUISES.bare && end >= 14) expect(shown).toBe(`bad token ${REDACTED}`);
      }
    }
  });
});

describe('a link', () => {
  const { learnLink, scrub } = createScrubber();
  const addon = 'ad-0b7c1c6e-6f6e-4f0e-8e0a-3d4f6a1b2c3d';
  const backup = '5b8b36104ffb090be1ac3ce1';
  const path = `/api/databases/${addon}/backups/${backup}/x9Kq2Lm4Zt7Rv1Bn5Wc8Jd/20180902010000_shop-3938a1b2c3.tar.gz`;
  learnLink(
    `https://me:hunter2pass@db.example${path}?token=abc123&app=shop-1a2b3c4d5e&n=17484513608&a=q1W2e3R4t5Y6`,
    ['shop-1a2b3c4d5e'],
  );

  it.each(['hunter2pass', 'abc123', 'q1W2e3R4t5Y6', 'x9Kq2Lm4Zt7Rv1Bn5Wc8Jd'])('gives %s away', (secret) => {
    expect(scrub(`"${secret}"`)).toBe(`"${REDACTED}"`);
  });

  it.each([
    addon,
    backup,
    'shop-1a2b3c4d5e',
    '17484513608',
    '20180902010000_shop-3938a1b2c3.tar.gz',
    'fabc1234',
  ])('leaves %s alone', (word) => {
    expect(scrub(`"${word}"`)).toBe(`"${word}"`);
  });
});

it('remembers no more of what is issued than fits, and what is in use always', () => {
  const scrubber = createScrubber();
  scrubber.learn('in-use-0a1b2c3d4e5f');
  for (let n = 0; n < 40; n++) {
    scrubber.learn(`${n}${'x'.repeat(60_000)}`);
    scrubber.learn('in-use-0a1b2c3d4e5f');
  }
  expect(scrubber.scrub('in-use-0a1b2c3d4e5f')).toBe(REDACTED);
  expect(scrubber.scrub(`0${'x'.repeat(60_000)}`)).not.toContain(REDACTED);
  expect(scrubber.scrub(`39${'x'.repeat(60_000)}`)).toBe(REDACTED);
});

it('takes no id for the beginning of a secret, whatever has been issued', () => {
  const scrubber = createScrubber();
  for (let n = 0; n < 500; n++) scrubber.learn(randomBytes(24).toString('base64url'));
  for (let n = 0; n < 2000; n++) {
    const id = randomBytes(12).toString('hex');
    expect(scrubber.redact(id)).toBe(id);
    expect(scrubber.scrub(`{"backupId":"${id}"}`)).toBe(`{"backupId":"${id}"}`);
  }
});

it('of an error text is masked where the first bytes of the download end', () => {
  const scrubber = createScrubber();
  scrubber.learnLink('https://db.example/download?token=aZ4-kP9_vQ2xW7tR5yU8iO3p');
  const faults = new SourceFaults('5b8b36104ffb090be1ac3ce1', 'Scalingo', scrubber);
  const text = 'fail to get archive: bad token aZ4-kP9_vQ2xW7tR5yU8iO3p';
  for (let end = 36; end <= text.length; end++) {
    const { message } = faults.notGzip(Buffer.from(text.slice(0, end)));
    expect(message).toContain(`"fail to get archive: bad token ${REDACTED}"`);
  }
});
