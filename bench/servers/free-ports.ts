import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

export interface FreePorts {
  readonly http: number;
  readonly https: number;
}

/** Two ports of 127.0.0.1 that were free a moment ago. */
export async function freePorts(): Promise<FreePorts> {
  const servers = [createServer(), createServer()];
  const ports: number[] = [];
  for (const server of servers) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ports.push((server.address() as AddressInfo).port);
  }
  for (const server of servers) server.close();
  const [http = 0, https = 0] = ports;
  return { http, https };
}
