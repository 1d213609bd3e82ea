import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { parseByteSize } from '../src/text/byte-size.ts';
import { PEER_IDS, type PeerId } from './peers/choose-copiers.ts';
import { DOWNLOAD_PEERS, type DownloadPeer } from './peers/downloaders.ts';
import { NODE_FLAGS } from './peers/ours.ts';

export const USAGE = `npm run bench -- transfer [options]   ours and the peers make the same copy in turns
npm run bench -- profile [options]    where our CPU time goes
npm run bench -- download [options]   ours and the peers bring the same archive from a bucket into a file
npm run bench -- verify [options]     ours reads an archive back, with --deep

transfer:
  --size SIZE          of the archive (4GiB)
  --rounds N           after one that is not counted (5)
  --peers A,B,…        of ${PEER_IDS.join(', ')} (all); none: ours alone
  --transport WHICH    http, https, both or none (both)
  --sweep A,B,…        besides, the same at these sizes, over HTTP, in 3 rounds
  --throttled          besides, from a source that gives each connection 25 MiB/s at 40 ms
  --readers            besides, 1 GiB read and thrown away, by our reader and by others
  --rss-64g            besides, one copy of 64 GiB each way, for its memory alone
  --rss-size SIZE      another size than 64 GiB for that
  --publish            put the results into bench/results and docs/performance.md
  --out FILE           where the results go (a file in the cache)
  --against FOLDER     another checkout of ours takes part as well
  --against-flags=FLAGS  other flags of Node take part as well
profile:
  --size SIZE          of the archive (1GiB)
  --way WHICH          ranges or whole (ranges)
  --transport WHICH    http or https (http)
download:
  --size SIZE          of the archive (4GiB), which its server makes as it is read
  --rounds N           after one that is not counted (5)
  --peers A,B,…        of ${DOWNLOAD_PEERS.join(', ')} (all); none: ours alone
  --publish, --out FILE  as above
verify:
  --size SIZE          of the archive (4GiB), which its server makes as it is read: 64GiB needs no disk
  --rounds N           after one that is not counted (5)
  --publish, --out FILE  as above
all:
  --checkout FOLDER    whose program is measured (this one)
  --from-source        not built first, as from a checkout
  --node-flags=FLAGS   of our program's Node (${NODE_FLAGS.join(' ')})
`;

export type Transport = 'http' | 'https';

export interface OursChoice {
  readonly checkout: string;
  /** Not built first: Node strips the types as it loads them. */
  readonly fromSource: boolean;
  readonly nodeFlags: readonly string[];
}

export interface TransferOptions extends OursChoice {
  readonly verb: 'transfer';
  readonly size: number;
  readonly rounds: number;
  readonly peers: readonly PeerId[];
  readonly transports: readonly Transport[];
  /** Empty: no sweep. */
  readonly sweep: readonly number[];
  readonly throttled: boolean;
  readonly readers: boolean;
  /** Bytes of the copy that is made for its memory; `undefined`: none. */
  readonly memorySize: number | undefined;
  /** A second program of ours, to be compared in the same run. */
  readonly against: OursChoice | undefined;
  readonly publish: boolean;
  readonly out: string | undefined;
}

export interface ProfileOptions extends OursChoice {
  readonly verb: 'profile';
  readonly size: number;
  readonly way: 'ranges' | 'whole';
  readonly transport: Transport;
}

/** Of `download` and of `verify`. */
export interface WayBackOptions extends OursChoice {
  readonly verb: 'download' | 'verify';
  readonly size: number;
  readonly rounds: number;
  /** Of `download`. */
  readonly peers: readonly DownloadPeer[];
  readonly publish: boolean;
  readonly out: string | undefined;
}

const CHECKOUT = resolve(import.meta.dirname, '..');
const GiB = 2 ** 30;

/** The command line makes no sense; the message says why. */
export class UsageError extends Error {}

/** @throws UsageError */
export function parseCommandLine(args: readonly string[]): TransferOptions | ProfileOptions | WayBackOptions {
  const { positionals, values } = read(args);
  const [verb = 'transfer', ...more] = positionals;
  if (more.length > 0) throw new UsageError(`one verb at a time, not ${positionals.join(' ')}`);
  const ours: OursChoice = {
    checkout: resolve(values.checkout ?? CHECKOUT),
    fromSource: values['from-source'] === true,
    nodeFlags: values['node-flags'] === undefined ? NODE_FLAGS : words(values['node-flags'], ' '),
  };
  if (verb === 'profile') {
    return {
      verb,
      ...ours,
      size: size(values.size ?? '1GiB'),
      way: oneOf('--way', values.way ?? 'ranges', ['ranges', 'whole']),
      transport: oneOf('--transport', values.transport ?? 'http', ['http', 'https']),
    };
  }
  if (verb === 'download' || verb === 'verify') return wayBackOptions(verb, ours, values);
  if (verb !== 'transfer') throw new UsageError(`there is no verb ${verb}`);
  const rssSize = values['rss-size'];
  return {
    verb,
    ...ours,
    size: size(values.size ?? '4GiB'),
    rounds: count('--rounds', values.rounds ?? '5'),
    peers: peersOf(values.peers, PEER_IDS),
    transports: transports(values.transport ?? 'both'),
    sweep: words(values.sweep ?? '', ',').map(size),
    throttled: values.throttled === true,
    readers: values.readers === true,
    memorySize: rssSize !== undefined ? size(rssSize) : values['rss-64g'] === true ? 64 * GiB : undefined,
    against: against(ours, values.against, values['against-flags']),
    publish: values.publish === true,
    out: values.out === undefined ? undefined : resolve(values.out),
  };
}

function wayBackOptions(
  verb: WayBackOptions['verb'],
  ours: OursChoice,
  values: ReturnType<typeof read>['values'],
): WayBackOptions {
  return {
    verb,
    ...ours,
    size: size(values.size ?? '4GiB'),
    rounds: count('--rounds', values.rounds ?? '5'),
    peers: peersOf(values.peers, DOWNLOAD_PEERS),
    publish: values.publish === true,
    out: values.out === undefined ? undefined : resolve(values.out),
  };
}

/** The command as results show it: without where they went, and without this machine's folders. */
export function recordedCommand(args: readonly string[]): string {
  const text = args
    .join(' ')
    .replace(/ --publish\b/, '')
    .replace(/ --out[ =]\S+/, '')
    .replaceAll(/ --(checkout|against)[ =]\S+/g, ' --$1 …');
  return `npm run bench -- ${text}`;
}

function read(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        size: text,
        rounds: text,
        peers: text,
        transport: text,
        sweep: text,
        throttled: flag,
        readers: flag,
        'rss-64g': flag,
        'rss-size': text,
        publish: flag,
        out: text,
        against: text,
        'against-flags': text,
        way: text,
        checkout: text,
        'from-source': flag,
        'node-flags': text,
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function against(
  ours: OursChoice,
  checkout: string | undefined,
  flags: string | undefined,
): OursChoice | undefined {
  if (checkout === undefined && flags === undefined) return undefined;
  return {
    ...ours,
    ...(checkout === undefined ? {} : { checkout: resolve(checkout) }),
    ...(flags === undefined ? {} : { nodeFlags: words(flags, ' ') }),
  };
}

function words(text: string, separator: string): string[] {
  return text.split(separator).filter((word) => word !== '');
}

function size(text: string): number {
  const bytes = parseByteSize(text);
  if (bytes === undefined || bytes < 1) throw new UsageError(`${text} is no size: 64MiB, 4GiB`);
  return bytes;
}

function count(option: string, text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new UsageError(`${option} takes a number of 1 or more, not ${text}`);
  return Number(text);
}

function peersOf<T extends string>(text: string | undefined, all: readonly T[]): readonly T[] {
  if (text === undefined) return all;
  if (text === 'none') return [];
  return words(text, ',').map((word) => oneOf('--peers', word, all));
}

function transports(text: string): readonly Transport[] {
  const choice = oneOf('--transport', text, ['http', 'https', 'both', 'none']);
  return choice === 'both' ? ['http', 'https'] : choice === 'none' ? [] : [choice];
}

function oneOf<T extends string>(option: string, text: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === text);
  if (found === undefined) throw new UsageError(`${option} takes ${choices.join(', ')}, not ${text}`);
  return found;
}
