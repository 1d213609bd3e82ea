import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MINIMUM_NODE, tooOldNode } from '../../src/process/node-runtime.ts';
import { runNode } from './run-fixture.ts';

const BIN = fileURLToPath(new URL('../../bin/backup-archiver.mjs', import.meta.url));

/** Has a new Node say that it is an old one. */
function pretendToBe(version: string): string[] {
  const source = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`;
  return ['--import', `data:text/javascript,${encodeURIComponent(source)}`];
}

/** The Node of this test, those on the PATH, and the one that OLD_NODE names. */
async function nodesAtHand(): Promise<{ node: string; version: string }[]> {
  const onPath = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'node'));
  const files = new Set([process.execPath, ...onPath.filter((file) => existsSync(file))]);
  if (process.env.OLD_NODE !== undefined) files.add(process.env.OLD_NODE);
  const nodes = [...files].map(async (node) => {
    const { stdout } = await runNode(['--version'], {}, node).ended;
    return { node, version: stdout.trim().slice(1) };
  });
  return Promise.all(nodes);
}

describe('the Node that is too old', () => {
  it.each([
    ['18.20.4', true],
    ['20.20.2', true],
    ['22.18.0', true],
    ['23.11.1', true],
    ['24.0.0', false],
    ['24.21.0', false],
    ['100.0.0', false],
  ])('%s: %s', (version, old) => {
    expect(tooOldNode(version) !== undefined).toBe(old);
  });

  it('is the one that package.json names', async () => {
    const { engines } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(engines.node).toBe(`>=${MINIMUM_NODE}`);
  });

  it('is told so in one line, and exits with 2', async () => {
    const { code, stdout, stderr } = await runNode([...pretendToBe('20.20.2'), BIN, 'run']).ended;
    expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: `${tooOldNode('20.20.2')}\n` });
    expect(stderr.trimEnd()).not.toContain('\n');
  });

  it('is told so by every real one on this machine; a new one is not', async () => {
    for (const { node, version } of await nodesAtHand()) {
      const { code, stderr } = await runNode([BIN, '--version'], {}, node).ended;
      const message = tooOldNode(version);
      if (message === undefined) expect(stderr).not.toContain('needs Node');
      else expect({ version, code, stderr }).toEqual({ version, code: 2, stderr: `${message}\n` });
    }
  });
});

describe('the way in', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'way-in-'));
    await mkdir(join(folder, 'bin'));
    await mkdir(join(folder, 'dist'));
    await cp(BIN, join(folder, 'bin', 'backup-archiver.mjs'));
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    await writeFile(join(folder, 'dist', 'main.js'), 'console.log("built", ...process.argv.slice(2))');
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('runs what was built where there are no sources, and the sources of a checkout', async () => {
    const bin = join(folder, 'bin', 'backup-archiver.mjs');
    expect((await runNode([bin, 'list', '--json']).ended).stdout).toBe('built list --json\n');
    await mkdir(join(folder, 'src'));
    await writeFile(join(folder, 'src', 'main.ts'), 'const what: string = "source"; console.log(what)');
    expect(await runNode([bin]).ended).toMatchObject({ code: 0, stdout: 'source\n', stderr: '' });
  });
});
