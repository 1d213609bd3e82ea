import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { breaches } from './import-rules.ts';
import { importsOf, readTree } from './import-scan.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

describe('the house', () => {
  it('keeps the direction of its imports', async () => {
    const tree = await readTree(ROOT, ['src', 'sandbox']);
    expect(tree.size).toBeGreaterThan(10);
    expect([...tree.keys()]).toContain('src/domain/clock.ts');
    expect(breaches(tree)).toEqual([]);
  });

  it('is read: imports of this very repository are found', async () => {
    const tree = await readTree(ROOT, ['src']);
    const clock = tree.get('src/runtime/system-clock.ts') ?? '';
    expect(importsOf(clock)).toEqual([{ specifier: '../domain/clock.ts', typeOnly: true }]);
  });
});

describe('a breach is caught and named', () => {
  const whole = {
    'src/domain/a.ts': '',
    'src/s3/a.ts': '',
    'src/archive/a.ts': '',
    'src/cli/a.ts': '',
    'sandbox/a.ts': '',
  };
  const check = (files: Record<string, string>) => breaches(new Map(Object.entries({ ...whole, ...files })));

  it.each([
    ['src/domain/b.ts', '../s3/a.ts', 'src/domain may import nothing but itself, not src/s3'],
    ['src/scalingo/b.ts', '../s3/a.ts', 'src/scalingo may import src/domain, not src/s3'],
    ['src/archive/b.ts', '../s3/a.ts', 'src/archive may import src/domain, not src/s3'],
    ['src/schedule/b.ts', '../cli/a.ts', 'src/schedule may import src/domain, src/archive, not src/cli'],
    ['src/main.ts', './s3/a.ts', 'src/main.ts may import src/cli, src/runtime, src/config, not src/s3'],
    ['sandbox/b.ts', '../src/domain/a.ts', 'sandbox may import nothing but itself, not src/domain'],
    ['src/cli/b.ts', '../../sandbox/a.ts', 'not sandbox'],
    ['src/cli/b.ts', '../../test/fake-clock.ts', 'src/cli imports nothing out there'],
    ['src/cli/b.ts', './missing.ts', 'there is no such file'],
    ['src/cli/b.ts', './a', 'there is no such file'],
    ['src/domain/b.ts', 'node:fs', 'the domain does no I/O'],
    ['src/domain/b.ts', 'node:stream', 'the domain may know its types only'],
    ['src/archive/b.ts', 'got', 'a package at home in src/scalingo, src/notify only'],
    ['src/cli/b.ts', '@aws-sdk/client-s3', 'a package at home in src/s3 only'],
    ['src/cli/b.ts', 'prom-client', 'a package at home in src/health only'],
    ['src/cli/b.ts', 'pino', 'a package at home in src/runtime only'],
    ['src/runtime/b.ts', 'yaml', 'a package at home in src/config only'],
    ['src/cli/b.ts', 'croner', 'a package at home in src/schedule, src/config only'],
    ['src/s3/b.ts', 'commander', 'a package at home in src/cli only'],
    ['src/s3/b.ts', 'left-pad', 'a package without a home in src'],
    ['src/s3/b.ts', 'fs', 'a package without a home in src'],
    ['src/s3/b.ts', '/opt/a.ts', 'a path that is true on one machine only'],
  ])('%s imports %s', (file, specifier, why) => {
    const forms = [
      `import { x } from '${specifier}';`,
      `import '${specifier}';`,
      `export * from "${specifier}";`,
      `const x = await import('${specifier}');`,
      `import {\n  x,\n  y as z,\n} from '${specifier}';`,
    ];
    for (const form of forms) {
      const found = check({ [file]: form });
      expect(found, form).toHaveLength(1);
      expect(found[0]).toContain(`${file}: imports "${specifier}": `);
      expect(found[0]).toContain(why);
    }
  });

  it('also as a type', () => {
    expect(check({ 'src/s3/b.ts': "import type { A } from '../cli/a.ts';" })).toHaveLength(1);
    expect(check({ 'src/s3/b.ts': "type A = import('../cli/a.ts').A;" })).toHaveLength(1);
  });

  it('as an import whose target nobody can read', () => {
    expect(check({ 'src/s3/b.ts': 'await import(name);' })[0]).toMatch(/^src\/s3\/b\.ts: an import\(\)/);
  });

  it('as a circle of files that load each other, of one, two or four', () => {
    expect(
      check({
        'src/s3/b.ts': "import './c.ts';",
        'src/s3/c.ts': "import { type B } from './b.ts';",
      }),
    ).toEqual(['src/s3/b.ts: imports itself in a circle: src/s3/b.ts → src/s3/c.ts → src/s3/b.ts']);
    const ring = Object.fromEntries(
      [0, 1, 2, 3].map((n) => [`src/s3/r${n}.ts`, `import './r${(n + 1) % 4}.ts';`]),
    );
    expect(check(ring)).toHaveLength(1);
    expect(check({ 'src/s3/b.ts': "import './b.ts';" })).toHaveLength(1);
  });

  it('as a file that is too long, and as a folder that nobody planned', () => {
    expect(check({ 'src/s3/b.ts': '\n'.repeat(261) })).toEqual(['src/s3/b.ts: 261 lines, more than 260']);
    expect(check({ 'src/s3/b.ts': '\n'.repeat(260) })).toEqual([]);
    expect(check({ 'src/utils/b.ts': '' })[0]).toContain('src/utils/b.ts: its folder has no rule');
  });

  it('and what is allowed is not', () => {
    expect(
      check({
        'src/domain/b.ts': "import { crc32 } from 'node:zlib'; import type { Readable } from 'node:stream';",
        'src/domain/c.ts':
          "// import '../s3/a.ts';\n/* import '../s3/a.ts' */ const s = `import '../s3/a.ts'`;",
        'src/s3/b.ts': "import { x } from '../domain/a.ts'; import { S3Client } from '@aws-sdk/client-s3';",
        'src/schedule/b.ts': "import '../archive/a.ts'; import { Cron } from 'croner';",
        'src/s3/c.ts': "import './d.ts';",
        'src/s3/d.ts': "import type { C } from './c.ts';",
        'src/cli/b.ts': "import './a.ts'; import '../s3/a.ts'; import '../schedule/b.ts'; import 'node:fs';",
        'src/main.ts': "import './cli/b.ts';",
        'sandbox/b.ts':
          "import './a.ts'; import tar from 'tar-stream'; import { createServer } from 'node:http';",
      }),
    ).toEqual([]);
  });
});
