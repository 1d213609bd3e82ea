import { fork } from 'node:child_process';
import { parseArgs } from 'node:util';
import { parseDuration } from '../../src/text/duration.ts';
import { installVirtualTimers } from './virtual-timers.ts';
import { type Lived, liveThrough, NIGHTS, type Totals } from './worlds.ts';

/*
 *     npm run simulate -- --seed N --nights N --budget 5m      many worlds, in two processes
 *     npm run simulate -- --seed N --nights 30 --trace         the story of one
 *
 * Without a seed that of the day is taken. It ends with the first world in which something does not hold, and says how
 * that one can be had again.
 */

/** Lines of its story that are printed of a world that failed. */
const TOLD = 80;
const WORKERS = 2;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(seedOfTheDay()) },
    nights: { type: 'string', default: '100000' },
    budget: { type: 'string', default: '5m' },
    trace: { type: 'boolean', default: false },
    /** `I/N`, of a process that the first one has started. */
    share: { type: 'string' },
  },
});
const [seed, nights] = [Number(values.seed), Number(values.nights)];
const budget = parseDuration(values.budget) ?? Number.NaN;
if (![seed, nights, budget].every((value) => Number.isFinite(value) && value >= 0)) {
  process.stderr.write('--seed and --nights are numbers, --budget is a duration such as 5m\n');
  process.exit(2);
}

if (values.share === undefined && !values.trace) await lead();
else await work();

/** Starts the workers, and adds up what they say. */
async function lead(): Promise<void> {
  const begun = performance.now();
  const shares = Array.from({ length: WORKERS }, (_, index) => `${index}/${WORKERS}`);
  const lived = await Promise.all(shares.map(inWorker));
  const sum = (key: keyof Totals) => lived.reduce((total, each) => total + each[key], 0);
  const seconds = Math.round((performance.now() - begun) / 1000);
  say(
    `figure: ${sum('nights')} of ${nights} nights of ${sum('worlds')} worlds: ${sum('runs')} runs, ${sum('undisturbed')} of them undisturbed, ` +
      `${sum('disturbances')} faults, ${sum('kills')} kills, ${sum('clocksSet')} clocks set; seed ${seed}, ${seconds} s of ${Math.round(budget / 1000)} s`,
  );
  const failed = lived.find((each) => each.failed !== undefined)?.failed;
  if (failed === undefined) return;
  for (const line of failed.failure?.story.slice(-TOLD) ?? []) say(line);
  say(`world ${failed.seed}: ${failed.failure?.message}`);
  say(`again: npm run simulate -- --seed ${failed.seed} --nights ${failed.nights} --trace`);
  process.exitCode = 1;
}

function inWorker(share: string): Promise<Lived> {
  const args = [
    '--seed',
    String(seed),
    '--nights',
    String(nights),
    '--budget',
    values.budget,
    '--share',
    share,
  ];
  const worker = fork(import.meta.filename, args, { execArgv: ['--max-semi-space-size=32'] });
  return new Promise((resolve, reject) => {
    worker.once('message', (lived) => resolve(lived as Lived));
    worker.once('exit', (code) => reject(new Error(`a worker ended with ${code} before it was done`)));
  });
}

async function work(): Promise<void> {
  installVirtualTimers();
  // Thousands of errors are part of the play.
  Error.stackTraceLimit = 0;
  const end = performance.now() + budget;
  const [index = 0, of = 1] = (values.share ?? '0/1').split('/').map(Number);
  const lived = await liveThrough({
    seed,
    nights,
    share: [index, of],
    mayGoOn: () => performance.now() < end,
    ...(values.trace ? { onLine: say } : {}),
  });
  // What the dead have left must keep no process alive.
  const exit = () => process.exit(lived.failed === undefined ? 0 : 1);
  if (process.send === undefined) exit();
  else process.send(lived, exit);
}

function seedOfTheDay(): number {
  return Math.floor(Date.now() / 86_400_000) * Math.ceil(100_000 / NIGHTS);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
