import { describe, expect, it } from 'vitest';
import { parseCommandLine, recordedCommand, UsageError } from '../../bench/command-line.ts';
import { describeCommand } from '../../bench/run/measure-copy.ts';
import { quote } from '../../bench/run/pipeline.ts';

describe("the bench's command line", () => {
  it('without options copies 4 GiB, 5 rounds, both transports, every peer', () => {
    expect(parseCommandLine(['transfer'])).toMatchObject({
      verb: 'transfer',
      size: 2 ** 32,
      rounds: 5,
      transports: ['http', 'https'],
      peers: ['curl', 'rclone-copyurl', 'rclone-rcat', 'aws', 's5cmd', 'default-upload'],
      sweep: [],
      throttled: false,
      memorySize: undefined,
      publish: false,
    });
  });

  it('reads sizes, lists and flags', () => {
    const args = ['transfer', '--size=64MiB', '--rounds', '1', '--peers', 'curl,aws', '--transport', 'none'];
    expect(
      parseCommandLine([...args, '--sweep', '1MiB,2MiB', '--rss-64g', '--node-flags=--a --b']),
    ).toMatchObject({
      size: 2 ** 26,
      rounds: 1,
      peers: ['curl', 'aws'],
      transports: [],
      sweep: [2 ** 20, 2 ** 21],
      memorySize: 2 ** 36,
      nodeFlags: ['--a', '--b'],
    });
  });

  it('brings 4 GiB back, beside every tool, or reads them back', () => {
    const common = { size: 2 ** 32, rounds: 5, publish: false };
    expect(parseCommandLine(['download'])).toMatchObject({
      verb: 'download',
      peers: ['aws', 'rclone'],
      ...common,
    });
    expect(parseCommandLine(['download', '--peers', 'rclone'])).toMatchObject({ peers: ['rclone'] });
    expect(parseCommandLine(['verify'])).toMatchObject({ verb: 'verify', ...common });
  });

  it.each([
    ['a peer that brings nothing back', ['download', '--peers', 'curl']],
    ['a verb that is not there', ['copy']],
    ['two verbs', ['transfer', 'profile']],
    ['a peer that is not there', ['transfer', '--peers', 'scp']],
    ['no size', ['transfer', '--size', 'large']],
    ['no round', ['transfer', '--rounds', '0']],
    ['an option that is not there', ['transfer', '--fast']],
  ])('refuses %s', (_, args) => {
    expect(() => parseCommandLine(args)).toThrow(UsageError);
  });
});

it("the command is recorded without this machine's folders", () => {
  const args = ['transfer', '--publish', '--size', '1GiB', '--out', '/tmp/x.json', '--against=/tmp/other'];
  expect(recordedCommand(args)).toBe('npm run bench -- transfer --size 1GiB --against …');
});

describe('a command as results show it', () => {
  it('names programs and what differs between runs, and no folder of this machine', () => {
    const store = {
      endpoint: 'http://127.0.0.1:9',
      bucket: 'b',
      region: 'r',
      accessKeyId: 'i',
      secretAccessKey: 'k',
    };
    const work = {
      source: 'http://127.0.0.1:8/a',
      wholeSource: 'http://127.0.0.1:8/w',
      size: 1,
      store,
      caFile: '/t/ca.pem',
    };
    const command = describeCommand(
      [
        { command: '/usr/bin/curl', args: ['--cacert', '/t/ca.pem', 'http://127.0.0.1:8/a'] },
        {
          command: '/opt/x/node',
          args: ['/opt/x/bench/peers/up.ts', 'http://127.0.0.1:9/b/key', 'two words'],
        },
      ],
      work,
    );
    expect(command).toBe("curl --cacert $CA $SOURCE | node bench/peers/up.ts $ENDPOINT/b/key 'two words'");
  });

  it.each([
    ['plain', 'plain'],
    ["it's", "'it'\\''s'"],
    ['a b', "'a b'"],
    ['$(rm)', "'$(rm)'"],
    ['', "''"],
  ])('%j is quoted for the shell as %s', (word, quoted) => {
    expect(quote(word)).toBe(quoted);
  });
});
