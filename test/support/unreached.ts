import { type ChildProcess, spawn } from 'node:child_process';
import dns from 'node:dns';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** Somewhere that is never reached; `port` on 127.0.0.1. */
export interface Unreached extends AsyncDisposable {
  readonly port: number;
}

const LISTEN = `
  const server = require('node:net').createServer();
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    require('node:fs').writeSync(1, String(server.address().port));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
`;

/**
 * A port whose queue of connections is full, and whose process accepts none: the system lets a further one wait for
 * its SYN to be answered (listen(2)).
 */
export async function fullPort(): Promise<Unreached> {
  const child: ChildProcess = spawn(process.execPath, ['-e', LISTEN], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [bytes] = (await once(child.stdout as NonNullable<typeof child.stdout>, 'data')) as [Buffer];
  const port = Number(bytes);
  const queued: Socket[] = [];
  for (let isFull = false; !isFull; ) {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    queued.push(socket);
    isFull = await Promise.race([once(socket, 'connect').then(() => false), delay(300, true)]);
  }
  return {
    port,
    async [Symbol.asyncDispose]() {
      for (const socket of queued) socket.destroy();
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

/** A port that accepts connections and never says a word: no TLS handshake comes to its end. */
export async function silentPort(): Promise<Unreached> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => sockets.add(socket.on('error', () => {})));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Has the system's resolver never answer for a name below `.test` while it is in use, as with a name server that is away. */
export function silentNames(): Disposable {
  const { lookup } = dns;
  const silent = (name: string, ...rest: unknown[]) => {
    if (!name.endsWith('.test')) Reflect.apply(lookup, dns, [name, ...rest]);
  };
  dns.lookup = Object.assign(silent, lookup);
  return {
    [Symbol.dispose]() {
      dns.lookup = lookup;
    },
  };
}
