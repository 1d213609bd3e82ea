import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { breaches } from './import-rules.ts';
import { importsOf, readTree } from './import-scan.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

describe('the house', () => {
  it('keeps the direction of its imports', async () => {
    const tree = await readTree(ROOT, ['src', 'sandbox']);
    expect(tree.size).toBeGreaterThan(10);
    expect([...tree.keys()]).toContain('src/ports/clock.ts');
    expect(breaches(tree)).toEqual([]);
  });

  it('is read: imports of this very repository are found', async () => {
    const tree = await readTree(ROOT, ['src']);
    const clock = tree.get('src/process/system-clock.ts') ?? '';
    expect(importsOf(clock)).toEqual([
      { specifier: 'node:os', typeOnly: false },
      { specifier: '../ports/clock.ts', typeOnly: true },
    ]);
  });
});

describe('a breach is caught and named', () => {
  const whole = {
    'src/text/a.ts': '',
    'src/model/a.ts': '',
    'src/stores/s3/a.ts': '',
    'src/run/a.ts': '',
    'src/cli/a.ts': '',
    'sandbox/a.ts': '',
  };
  const check = (files: Record<string, string>) => breaches(new Map(Object.entries({ ...whole, ...files })));

  it.each([
    ['src/text/b.ts', '../model/a.ts', 'src/text may import nothing but itself, not src/model'],
    ['src/model/b.ts', '../stores/s3/a.ts', 'src/model may import src/text, not src/stores/s3'],
    ['src/sources/scalingo/b.ts', '../../stores/s3/a.ts', 'src/redaction, src/http, not src/stores/s3'],
    ['src/run/b.ts', '../stores/s3/a.ts', 'src/text, src/concurrency, not src/stores/s3'],
    [
      'src/schedule/b.ts',
      '../cli/a.ts',
      'src/schedule may import src/model, src/retention, src/ports, not src/cli',
    ],
    ['src/main.ts', './stores/s3/a.ts', 'src/main.ts may import src/cli, src/process, not src/stores/s3'],
    ['sandbox/b.ts', '../src/model/a.ts', 'sandbox may import nothing but itself, not src/model'],
    ['src/cli/b.ts', '../../sandbox/a.ts', 'not sandbox'],
    ['src/cli/b.ts', '../../test/fake-clock.ts', 'src/cli imports nothing out there'],
    ['src/cli/b.ts', './missing.ts', 'there is no such file'],
    ['src/cli/b.ts', './a', 'there is no such file'],
    ['src/model/b.ts', 'node:fs', 'src/model does no I/O'],
    ['src/ports/b.ts', 'node:stream', 'src/ports may know its types only'],
    ['src/run/b.ts', 'got', 'a package at home in src/http, src/observability only'],
    ['src/cli/b.ts', '@aws-sdk/client-s3', 'a package at home in src/stores/s3 only'],
    ['src/cli/b.ts', 'prom-client', 'a package at home in src/observability only'],
    ['src/cli/b.ts', 'pino', 'a package at home in src/observability only'],
    ['src/process/b.ts', 'yaml', 'a package at home in src/config only'],
    ['src/cli/b.ts', 'croner', 'a package at home in src/schedule, src/config only'],
    ['src/stores/s3/b.ts', 'commander', 'a package at home in src/cli only'],
    ['src/stores/s3/b.ts', 'left-pad', 'a package without a home in src'],
    ['src/stores/s3/b.ts', 'fs', 'a package without a home in src'],
    ['src/stores/s3/b.ts', '/opt/a.ts', 'a path that is true on one machine only'],
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
    expect(check({ 'src/stores/s3/b.ts': "import type { A } from '../../cli/a.ts';" })).toHaveLength(1);
    expect(check({ 'src/stores/s3/b.ts': "type A = import('../../cli/a.ts').A;" })).toHaveLength(1);
  });

  it('as an import whose target nobody can read', () => {
    expect(check({ 'src/stores/s3/b.ts': 'await import(name);' })[0]).toMatch(
      /^src\/stores\/s3\/b\.ts: an import\(\)/,
    );
  });

  it('as a circle of files that load each other, of one, two or four', () => {
    expect(
      check({
        'src/stores/s3/b.ts': "import './c.ts';",
        'src/stores/s3/c.ts': "import { type B } from './b.ts';",
      }),
    ).toEqual([
      'src/stores/s3/b.ts: imports itself in a circle: src/stores/s3/b.ts → src/stores/s3/c.ts → src/stores/s3/b.ts',
    ]);
    const ring = Object.fromEntries(
      [0, 1, 2, 3].map((n) => [`src/stores/s3/r${n}.ts`, `import './r${(n + 1) % 4}.ts';`]),
    );
    expect(check(ring)).toHaveLength(1);
    expect(check({ 'src/stores/s3/b.ts': "import './b.ts';" })).toHaveLength(1);
    expect(
      check({
        'src/stores/s3/c.ts': "import './d.ts';",
        'src/stores/s3/d.ts': "import type { C } from './c.ts';",
      }),
    ).toHaveLength(1);
  });

  it('as a file that is too long, and as a folder that nobody planned', () => {
    expect(check({ 'src/stores/s3/b.ts': '\n'.repeat(401) })).toEqual([
      'src/stores/s3/b.ts: 401 lines, more than 400',
    ]);
    expect(check({ 'src/stores/s3/b.ts': '\n'.repeat(400) })).toEqual([]);
    expect(check({ 'src/utils/b.ts': '' })[0]).toContain('src/utils/b.ts: its folder has no rule');
  });

  it('and what is allowed is not', () => {
    expect(
      check({
        'src/model/b.ts': "import { crc32 } from 'node:zlib'; ",
        'src/ports/b.ts': "import type { Readable } from 'node:stream';",
        'src/model/c.ts':
          "// import '../s3/a.ts';\n/* import '../s3/a.ts' */ const s = `import '../s3/a.ts'`;",
        'src/stores/s3/b.ts':
          "import { x } from '../../model/a.ts'; import { S3Client } from '@aws-sdk/client-s3';",
        'src/schedule/b.ts': "import '../model/a.ts'; import { Cron } from 'croner';",
        'src/cli/b.ts':
          "import './a.ts'; import '../stores/s3/a.ts'; import '../schedule/b.ts'; import 'node:fs';",
        'src/main.ts': "import './cli/b.ts';",
        'sandbox/b.ts':
          "import './a.ts'; import tar from 'tar-stream'; import { createServer } from 'node:http';",
      }),
    ).toEqual([]);
  });
});
