import { expect, test } from 'vitest';
import { printConfig } from '../../src/config/report/print-config.ts';
import { secretsOf } from '../../src/config/report/secrets.ts';
import { BEARER_CANARY, CANARIES, load, SOUND, without } from './workspace.ts';

const NAMES = Object.keys(CANARIES);

test.each(['', '\n', '\r\n'])('every secret comes from a file too, one newline dropped: %j', (end) => {
  const files = Object.fromEntries(
    Object.entries(CANARIES).map(([name, value]) => [`run/${name}`, value + end]),
  );
  const env = {
    ...without(SOUND, ...NAMES),
    ...Object.fromEntries(NAMES.map((name) => [`${name}_FILE`, `run/${name}`])),
  };
  const config = load({ files, env });
  expect(config.scalingo.apiToken).toBe(CANARIES.SCALINGO_API_TOKEN);
  expect(config.s3).toMatchObject({
    accessKeyId: CANARIES.AWS_ACCESS_KEY_ID,
    secretAccessKey: CANARIES.AWS_SECRET_ACCESS_KEY,
    sessionToken: CANARIES.AWS_SESSION_TOKEN,
  });
  expect(config.notify).toEqual({
    pingUrl: CANARIES.NOTIFY_PING_URL,
    webhookUrl: CANARIES.NOTIFY_WEBHOOK_URL,
  });
  expect(config.origin.variables).toContain('AWS_SESSION_TOKEN_FILE');
});

test('a bearer token comes from a file too', () => {
  const env = { ...without(SOUND, 'SCALINGO_API_TOKEN'), DB_BEARER_TOKEN_FILE: 'token' };
  expect(load({ env, files: { token: `${BEARER_CANARY}\n` } }).scalingo.bearerToken).toBe(BEARER_CANARY);
});

test("a variable's file wins over the YAML file", () => {
  const env = { ...without(SOUND, 'SCALINGO_API_TOKEN'), SCALINGO_API_TOKEN_FILE: 'token' };
  const yaml = 'scalingo: { apiToken: tk-us-of-the-yaml-file }';
  expect(load({ env, yaml, files: { token: 'tk-us-of-the-file' } }).scalingo.apiToken).toBe(
    'tk-us-of-the-file',
  );
});

test('the scrubber is told every secret in effect, and the forms that it travels in', () => {
  const secrets = secretsOf(load({}));
  for (const secret of Object.values(CANARIES)) {
    expect(secrets).toContain(secret);
    expect(secrets).toContain(encodeURIComponent(secret));
  }
  expect(secrets).toContain(Buffer.from(`:${CANARIES.SCALINGO_API_TOKEN}`).toString('base64'));
  expect(secretsOf(load({ env: { S3_BUCKET: 'b-1', AWS_REGION: 'eu-west-3' }, needs: 'bucket' }))).toEqual(
    [],
  );
});

test('what makes a secret URL secret is a secret by itself', () => {
  const NOTIFY_PING_URL = 'https://me:pa%2Fss-word@ping.example.com/a/0123456789abcdef?to=0123456789abcdefg';
  const secrets = secretsOf(load({ env: { ...SOUND, NOTIFY_PING_URL } }));
  const parts = [NOTIFY_PING_URL, '0123456789abcdef', '0123456789abcdefg', 'pa%2Fss-word', 'pa/ss-word'];
  expect(secrets).toEqual(
    expect.arrayContaining([...parts, Buffer.from('me:pa/ss-word').toString('base64')]),
  );
  expect(secrets).not.toContain('a');
  expect(secrets).not.toContain('services');
});

test('no secret is printed, under whichever key it stands', () => {
  const env = {
    ...SOUND,
    S3_TAGS: `note=x${CANARIES.AWS_SESSION_TOKEN}`,
    S3_KMS_KEY_ID: CANARIES.AWS_ACCESS_KEY_ID,
    S3_SSE: 'aws:kms',
    S3_PREFIX: `p/${CANARIES.AWS_SECRET_ACCESS_KEY}`,
  };
  const printed = printConfig(load({ env }));
  for (const secret of Object.values(CANARIES)) expect(printed).not.toContain(secret);
  expect(printed).toContain('apiToken: "***"');
  const { SCALINGO_API_TOKEN: _, ...others } = SOUND;
  const short = printConfig(load({ env: { ...others, DB_BEARER_TOKEN: BEARER_CANARY } }));
  expect(short).not.toContain(BEARER_CANARY);
  expect(short).toContain('bearerToken: "***"');
});
