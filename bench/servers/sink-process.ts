import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { answerAsSink } from './sink-handler.ts';
import { sinkReport } from './sink-report.ts';
import { SinkStore } from './sink-store.ts';

// The sink as a process of its own, so that its CPU time is not the copier's:
// `node bench/servers/sink-process.ts [KEY.pem CERTIFICATE.pem]`. Prints two ports: that
// of the store and, always without TLS, that of its control.

// Whoever started it holds the other end: a bench that is killed leaves no sink behind.
process.stdin.resume().once('end', () => process.exit());

const [keyFile, certificateFile] = process.argv.slice(2);
const store = new SinkStore();
const listener: RequestListener = (request, response) => {
  answerAsSink(store, request, response).catch((error: unknown) => {
    process.stderr.write(`sink: ${request.method} ${request.url}: ${String(error)}\n`);
    response.destroy();
  });
};
const server =
  keyFile === undefined || certificateFile === undefined
    ? createServer(listener)
    : createTlsServer({ key: readFileSync(keyFile), cert: readFileSync(certificateFile) }, listener);
// A copier may take its time between two parts.
server.keepAliveTimeout = 0;
server.requestTimeout = 0;
server.headersTimeout = 0;

// On a port of its own: the bench looks what came, and has it forgotten.
const control = createServer((request, response) => {
  const report = JSON.stringify(sinkReport(store));
  if (request.method === 'DELETE') store.reset();
  response.writeHead(200, { 'content-type': 'application/json', connection: 'close' }).end(report);
});

const ports = [server, control].map(async (each) => {
  each.listen(0, '127.0.0.1');
  await once(each, 'listening');
  return (each.address() as AddressInfo).port;
});
process.stdout.write(`${(await Promise.all(ports)).join(' ')}\n`);
