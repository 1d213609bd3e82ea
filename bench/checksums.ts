import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { type ChecksumAlgorithm, startDigest } from '../src/integrity/checksum.ts';

// What a checksum takes of the processor, in turns on the same bytes:
//
//     node bench/checksums.ts [--mib 1024] [--rounds 5]

const MiB = 2 ** 20;
/** What a socket gives at a time. */
const CHUNK = 64 * 1024;

interface Digest {
  update(bytes: Buffer): void;
  value(): string | Promise<string>;
}

/** The pure JavaScript that the SDK falls back to, where its native module is not installed. */
function sdkDigest(): Digest {
  const sdk = createRequire(createRequire(import.meta.url).resolve('@aws-sdk/client-s3'));
  const { Crc64NvmeJs } = sdk('@aws-sdk/checksums/crc') as {
    Crc64NvmeJs: new () => { update(bytes: Buffer): void; digest(): Promise<Uint8Array> };
  };
  const crc = new Crc64NvmeJs();
  return {
    update: (bytes) => crc.update(bytes),
    value: async () => Buffer.from(await crc.digest()).toString('base64'),
  };
}

const own = (algorithm: ChecksumAlgorithm) => () => startDigest(algorithm);
const CONTENDERS: readonly [string, () => Digest][] = [
  ['CRC32 (node:zlib)', own('CRC32')],
  ['SHA-256 (node:crypto)', own('SHA256')],
  ['CRC64NVME (src/integrity/crc64-nvme.ts)', own('CRC64NVME')],
  ['CRC64NVME (the SDK, in JavaScript)', sdkDigest],
];

/** CPU seconds for that many MiB. */
async function measure(
  start: () => Digest,
  mib: number,
  block: Buffer,
): Promise<{ cpu: number; value: string }> {
  const digest = start();
  const before = process.cpuUsage();
  for (let round = 0; round < mib; round++) {
    for (let at = 0; at < MiB; at += CHUNK) digest.update(block.subarray(at, at + CHUNK));
  }
  const value = await digest.value();
  const { user, system } = process.cpuUsage(before);
  return { cpu: (user + system) / 1e6, value };
}

const { values } = parseArgs({
  options: { mib: { type: 'string', default: '1024' }, rounds: { type: 'string', default: '5' } },
});
const mib = Number(values.mib);
const block = Buffer.alloc(MiB);
for (let at = 0; at < MiB; at += 4) block.writeUInt32LE((at * 2_654_435_761) % 2 ** 32, at);

const seconds = new Map<string, number[]>();
const results = new Map<string, string>();
for (let round = 0; round <= Number(values.rounds); round++) {
  for (const [name, start] of CONTENDERS) {
    const { cpu, value } = await measure(start, mib, block);
    results.set(name, value);
    // The first round warms up.
    if (round > 0) seconds.set(name, [...(seconds.get(name) ?? []), cpu]);
  }
}
const [own64, sdk64] = [...results].filter(([name]) => name.startsWith('CRC64')).map(([, value]) => value);
if (own64 !== sdk64) throw new Error(`they do not agree: ${own64} and ${sdk64}`);

process.stdout.write(
  `${mib} MiB, medians of ${values.rounds} rounds, ${cpus()[0]?.model}, Node ${process.version}\n`,
);
for (const [name, all] of seconds) {
  const median = all.sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0;
  process.stdout.write(`${name.padEnd(40)} ${((median * 1024) / mib).toFixed(2)} CPU s/GiB\n`);
}
