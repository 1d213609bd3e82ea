import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { barProgress } from '../../../src/observability/progress/log-progress.ts';
import { type BarState, formatBar } from '../../../src/observability/progress/terminal-bar.ts';
import { TerminalScreen } from '../../../src/observability/progress/terminal-screen.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { ScreenEmulator } from './screen-emulator.ts';

const MIB = 2 ** 20;
const state = (name: string, bytes = 0): BarState => ({
  name,
  bytes,
  totalBytes: 100,
  bytesPerSecond: 0,
  etaSeconds: null,
});

describe('log and bars on one terminal', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function setUp(columns?: number) {
    const terminal = new ScreenEmulator(columns);
    return { terminal, screen: new TerminalScreen(terminal) };
  }
  const firstWords = (terminal: ScreenEmulator) => terminal.lines.map((line) => line.split(' ')[0]);

  it('is plain output while there is no bar', () => {
    const { terminal, screen } = setUp();
    screen.write('one\n');
    screen.write('two\n');
    expect(terminal.lines).toEqual(['one', 'two']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('prints lines above the bars, at once, and keeps every bar whole', () => {
    const { terminal, screen } = setUp();
    screen.write('before\n');
    screen.addBar(() => state('first'));
    screen.write('one\n');
    screen.addBar(() => state('second'));
    screen.write('two\nthree\n');
    expect(firstWords(terminal)).toEqual(['before', 'one', 'two', 'three', 'first', 'second']);
    vi.advanceTimersByTime(1000);
    expect(firstWords(terminal)).toEqual(['before', 'one', 'two', 'three', 'first', 'second']);
    screen.close();
  });

  it('owes a terminal that is stopped its lines, and no frame of a bar', () => {
    const { terminal, screen } = setUp();
    screen.addBar(() => state('first'));
    terminal.isBehind = true;
    const shown = terminal.frames.length;
    vi.advanceTimersByTime(60_000);
    expect(terminal.frames).toHaveLength(shown);
    screen.write('one\n');
    expect(firstWords(terminal)).toEqual(['one', 'first']);
    terminal.isBehind = false;
    vi.advanceTimersByTime(1000);
    expect(firstWords(terminal)).toEqual(['one', 'first']);
    expect(terminal.frames.length).toBeGreaterThan(shown + 1);
    screen.close();
  });

  it('wraps a line that is longer than the terminal, and cuts nothing off', () => {
    const { terminal, screen } = setUp(40);
    screen.addBar(() => state('first'));
    screen.addBar(() => state('second'));
    const long = 'abcdefghij'.repeat(13);
    screen.write(`${long}\n`);
    screen.write('next\n');
    expect(terminal.lines.slice(0, 4).join('')).toBe(long);
    expect(firstWords(terminal).slice(4)).toEqual(['next', 'first', 'second']);
    screen.close();
  });

  it('shows in no frame a line that is half one thing and half another', () => {
    const { terminal, screen } = setUp();
    const removers = [0, 1, 2].map((n) => screen.addBar(() => state(`bar${n}`, n)));
    for (let n = 0; n < 50; n += 1) {
      screen.write(`line ${n} ${'x'.repeat((n * 7) % 100)}\n`);
      vi.advanceTimersByTime(70);
      if (n === 20) removers[1]?.();
      if (n === 30) removers.push(screen.addBar(() => state('bar3', 3)));
    }
    for (const remove of removers) remove();
    const whole = [...new Set(terminal.frames.flat())];
    const torn = whole.filter(
      (line) => line !== '' && !/^(line \d+ ?x*|x+|bar\d {18}[█░]+ {4}\d% +\d B of 100 B)$/.test(line),
    );
    expect(torn).toEqual([]);
    const printed = terminal.lines.filter((line) => line.startsWith('line '));
    expect(printed.map((line) => line.split(' ')[1])).toEqual(
      Array.from({ length: 50 }, (_, n) => String(n)),
    );
  });

  it('moves on by itself', () => {
    const { terminal, screen } = setUp();
    let bytes = 0;
    screen.addBar(() => state('first', bytes));
    bytes = 42;
    vi.advanceTimersByTime(200);
    expect(terminal.lines[0]).toContain('42%');
    screen.close();
  });

  it('leaves a clean line and no timer when the last bar is gone', () => {
    const { terminal, screen } = setUp();
    const listeners = process.listenerCount('exit');
    const first = screen.addBar(() => state('first'));
    const second = screen.addBar(() => state('second'));
    screen.write('one\n');
    first();
    first();
    expect(firstWords(terminal)).toEqual(['one', 'second']);
    second();
    expect(terminal.lines).toEqual(['one']);
    expect(terminal.cursor).toEqual({ row: 1, column: 0 });
    expect(vi.getTimerCount()).toBe(0);
    expect(process.listenerCount('exit')).toBe(listeners);
    screen.write('two\n');
    expect(terminal.lines).toEqual(['one', 'two']);
  });

  it('can show bars again after the last was gone', () => {
    const { terminal, screen } = setUp();
    const stale = screen.addBar(() => state('first'));
    screen.close();
    screen.addBar(() => state('second'));
    stale();
    screen.write('one\n');
    expect(firstWords(terminal)).toEqual(['one', 'second']);
    screen.close();
    expect(terminal.lines).toEqual(['one']);
  });

  it('shows rate and time left of each transfer', async () => {
    vi.useRealTimers();
    const { terminal, screen } = setUp(120);
    const clock = new FakeClock();
    const progress = barProgress(screen, clock);
    const shop = progress.begin('shop-db', 100 * MIB);
    const blog = progress.begin('blog-db', null);
    await clock.advance(10_000);
    shop.report(25 * MIB);
    blog.report(5 * MIB);
    screen.write('a line\n');
    expect(terminal.lines).toEqual([
      'a line',
      `shop-db               ${'█'.repeat(9)}${'░'.repeat(29)}   25%    25.0 MiB of 100.0 MiB     2.5 MiB/s     30 s left`,
      'blog-db               5.0 MiB  512.0 KiB/s',
    ]);
    shop.end();
    blog.end();
    expect(terminal.lines).toEqual(['a line']);
  });
});

describe('a bar', () => {
  const full: BarState = {
    name: 'x'.repeat(60),
    bytes: 50,
    totalBytes: 100,
    bytesPerSecond: 7,
    etaSeconds: 8,
  };

  it.each([0, 1, 10, 40, 79, 80, 120, 400])('is never wider than %s columns', (columns) => {
    expect(formatBar(full, columns).length).toBeLessThanOrEqual(columns);
  });

  const large: BarState = {
    name: 'shop-production',
    bytes: 1000 * MIB,
    totalBytes: 1500 * MIB,
    bytesPerSecond: 1000 * MIB,
    etaSeconds: 3599,
  };

  it('has blocks and the time left in 80 columns, whatever the numbers', () => {
    expect(formatBar(large, 119)).toMatch(
      /^shop-production {7}█{26}░{14} {3}66% {2}1000\.0 MiB of 1\.5 GiB {2}1000\.0 MiB\/s {2}59m 59s left$/,
    );
    expect(formatBar(large, 79)).toMatch(
      /^shop-production {7}█{9}░{5} {3}66% {2}1000\.0 MiB of 1\.5 GiB {2}59m 59s left$/,
    );
  });

  it('keeps the length of its blocks while the numbers grow', () => {
    const lengths = [0, 9, 90, 900, 1400].map((bytes) => {
      const line = formatBar({ ...large, bytes: bytes * MIB, etaSeconds: bytes === 0 ? null : 9 }, 79);
      return line.match(/[█░]/g)?.length;
    });
    expect(new Set(lengths).size).toBe(1);
  });

  it('gives up the blocks before the last numbers', () => {
    expect(formatBar(full, 79)).toContain('█');
    expect(formatBar(full, 60)).toMatch(/^x{19}… {3}50% {2}50 B of 100 B {2}7 B\/s {2}8 s left$/);
  });
});
