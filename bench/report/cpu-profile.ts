/** What `node --cpu-prof` writes (the DevTools protocol's `Profiler.Profile`); times in microseconds. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

export interface TimeShare {
  readonly name: string;
  readonly seconds: number;
  /** Of all that was not idle. */
  readonly share: number;
}

/**
 * Self times, idle left out, the largest first. `(program)` is native code that no JavaScript called: the event
 * loop, reads from sockets, TLS records that arrive. Native code that JavaScript calls, such as a write to a
 * socket, counts to the native function's name.
 */
export function selfTimes({ nodes, samples, timeDeltas }: CpuProfile): {
  byFunction: TimeShare[];
  byOrigin: TimeShare[];
} {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const byFunction = new Map<string, number>();
  const byOrigin = new Map<string, number>();
  for (const [index, sample] of samples.entries()) {
    const frame = frames.get(sample);
    if (frame === undefined || frame.functionName === '(idle)') continue;
    const seconds = (timeDeltas[index] ?? 0) / 1e6;
    const origin = originOf(frame.url, frame.functionName);
    const file = frame.url.split('/').at(-1) ?? '';
    const place = frame.url === '' ? '' : ` ${file}:${frame.lineNumber + 1}`;
    add(byFunction, `${frame.functionName || '(anonymous)'}${place} [${origin}]`, seconds);
    add(byOrigin, origin, seconds);
  }
  return { byFunction: shares(byFunction), byOrigin: shares(byOrigin) };
}

/** `src/stores/s3/upload`, `got`, `@aws-sdk/client-s3`, `node:internal/streams`, `native`. */
function originOf(url: string, functionName: string): string {
  if (url === '') return functionName.startsWith('(') ? functionName : 'native';
  if (url.startsWith('node:')) return url.replace(/^(node:internal\/[^/]+)\/.*$/, '$1');
  const parts = url.split('/node_modules/').at(-1) ?? '';
  if (url.includes('/node_modules/')) {
    const [scope = '', name = ''] = parts.split('/');
    return scope.startsWith('@') ? `${scope}/${name}` : scope;
  }
  return /\/((?:src|dist|bench)(?:\/[^/]+)*)\/[^/]+$/.exec(url)?.[1] ?? 'ours';
}

function add(sums: Map<string, number>, name: string, seconds: number): void {
  sums.set(name, (sums.get(name) ?? 0) + seconds);
}

function shares(sums: ReadonlyMap<string, number>): TimeShare[] {
  const total = [...sums.values()].reduce((sum, seconds) => sum + seconds, 0);
  return [...sums]
    .map(([name, seconds]) => ({ name, seconds, share: seconds / total }))
    .sort((a, b) => b.seconds - a.seconds);
}
