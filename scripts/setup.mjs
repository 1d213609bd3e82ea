// Brings node_modules in step with package-lock.json, and does nothing where it is. Run before `npm start`,
// `npm run demo` and `npm test`, by whatever Node started npm: plain JavaScript, nothing to install first.
// Node 24 itself is one of the packages, so that everything after this runs on it.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const stamp = `${root}node_modules/.setup`;
const wanted = createHash('sha256')
  .update(readFileSync(`${root}package-lock.json`))
  .update(`${process.platform}-${process.arch}`)
  .digest('hex');

const isDone = existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
if (!isDone) {
  process.stderr.write('setting up: npm ci\n');
  const npm = process.env.npm_execpath;
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status } =
    npm === undefined
      ? spawnSync('npm', args, { cwd: root, stdio: ['ignore', 2, 2] })
      : spawnSync(process.execPath, [npm, ...args], { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) {
    process.stderr.write('setting up failed: npm ci says why above\n');
    process.exit(status ?? 1);
  }
  writeFileSync(stamp, wanted);
}
