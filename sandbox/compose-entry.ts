// Scalingo as docker-compose.yml runs it: the simulated services on fixed ports that other containers reach.
//
//   SCALINGO_API_TOKEN      the token to accept
//   SANDBOX_HOST            the name under which others reach this container; default `localhost`
//   SANDBOX_DATABASES       NAME=MEBIBYTES, comma-separated; the application is NAME, the addon's id `ad-NAME`;
//                           NAME=MEBIBYTES@PACE sends each download at PACE MiB a second
import { connect, createServer, type Server } from 'node:net';
import { syntheticArchive } from './archive/synthetic-archive.ts';
import type { ServerRole } from './scalingo/request-log.ts';
import { SimulatedScalingo } from './scalingo/simulated-scalingo.ts';

const PORTS: Readonly<Record<ServerRole, number>> = { auth: 8001, api: 8002, database: 8003, storage: 8004 };
const MEBIBYTE = 1024 * 1024;

const host = process.env.SANDBOX_HOST || 'localhost';
const apiToken = process.env.SCALINGO_API_TOKEN;

const scalingo = await SimulatedScalingo.start(apiToken ? { apiToken } : {});
const servers = Object.entries(PORTS).map(([role, port]) => {
  const inner = Number(new URL(scalingo.urlOf(role as ServerRole)).port);
  return forward(port, inner);
});
// Links and redirects name what others can reach.
scalingo.urlOf = (role) => `http://${host}:${PORTS[role]}`;

for (const entry of (process.env.SANDBOX_DATABASES || 'shop=64').split(',')) {
  const match = /^\s*([a-z0-9-]+)=(\d+)(?:@(\d+))?\s*$/.exec(entry);
  if (match === null)
    throw new Error(`SANDBOX_DATABASES: "${entry}" is not NAME=MEBIBYTES or NAME=MEBIBYTES@PACE`);
  const [, name = '', mebibytes, pace] = match;
  const size = Number(mebibytes) * MEBIBYTE;
  const database = scalingo.addDatabase({
    app: name,
    id: `ad-${name}`,
    archive: (n) => syntheticArchive({ size, seed: `${name} ${n}` }),
    timeline: { scheduledMs: 1000, pendingMs: 1000, runningMs: 3000 },
  });
  if (pace !== undefined) database.download = { bytesPerSecond: Number(pace) * MEBIBYTE };
  process.stdout.write(`${database.id}: backups of ${mebibytes} MiB\n`);
}
process.stdout.write(`the simulated Scalingo listens on ${Object.values(PORTS).join(', ')}\n`);

process.once('SIGTERM', stop);
process.once('SIGINT', stop);

function stop(): void {
  for (const server of servers) server.close();
  scalingo.close().finally(() => process.exit(0));
}

/** Hands every connection to `port` on to `inner` of this host, where the simulation listens. */
function forward(port: number, inner: number): Server {
  const server = createServer({ allowHalfOpen: true }, (outside) => {
    const inside = connect(inner, '127.0.0.1');
    outside.pipe(inside).pipe(outside);
    // One side's end by force ends the other so: a cut or reset that the simulation makes must be seen.
    outside.on('error', () => inside.destroy());
    inside.on('error', () => outside.resetAndDestroy());
    outside.on('close', () => inside.destroy());
    inside.on('close', () => outside.destroySoon());
  });
  return server.listen(port, '0.0.0.0');
}
