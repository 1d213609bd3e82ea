import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { ConfigError } from '../../src/config/report/config-error.ts';
import { printConfig } from '../../src/config/report/print-config.ts';
import { settings } from '../../src/config/schema/schema.ts';
import { CANARIES, load, type Situation, SOUND } from './workspace.ts';

// The secrets' own variables keep the canaries: what nobody knows to be secret can't be hidden.
const VARIABLES = [...settings.values()].flatMap(({ env, sensitive }) =>
  sensitive === true ? [] : (env ?? []),
);
const KEYS = [...settings.keys()].flatMap((key) => key.split('.'));

/** Everything that a person would see of a configuration: what is printed, or what is wrong with it. */
function outputOf(situation: Situation): string {
  try {
    return printConfig(load(situation));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.problems.length).toBeGreaterThan(0);
    return `${error.message}\n${JSON.stringify(error)}`;
  }
}

function expectNoCanary(output: string): void {
  for (const secret of Object.values(CANARIES)) expect(output).not.toContain(secret);
}

const canary = fc.constantFrom(...Object.values(CANARIES));
const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  canary,
  fc.tuple(fc.string(), canary, fc.string()).map((parts) => parts.join('')),
  fc.constantFrom('0', '-1', '90', '7d', '64MiB', 'yes', '***', 'https://a.test', '__proto__'),
);

test('whatever the variables hold, it is taken or told, and no secret is shown', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...VARIABLES), text, { maxKeys: 5 }), (some) => {
      expectNoCanary(outputOf({ env: { ...SOUND, ...some } }));
    }),
    { numRuns: 150 },
  );
});

const key = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...KEYS) }, text);
const leaf = fc.oneof(text, fc.integer(), fc.double(), fc.boolean(), fc.constant(null));
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(key, tie('tree'), { maxKeys: 4 }),
  ),
}));

test('whatever the file holds, too', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        tree.map((value) => stringify(value)),
        text,
      ),
      (yaml) => {
        expectNoCanary(outputOf({ yaml }));
      },
    ),
    { numRuns: 150 },
  );
});
