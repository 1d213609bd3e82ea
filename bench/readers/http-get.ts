import { get as getPlain, type IncomingMessage } from 'node:http';
import { get as getSecure } from 'node:https';

// The same by Node's own client: `node bench/readers/http-get.ts URL` prints how many bytes came.

const [url = ''] = process.argv.slice(2);
const get = url.startsWith('https:') ? getSecure : getPlain;
const response = await new Promise<IncomingMessage>((resolve, reject) =>
  get(url, resolve).on('error', reject),
);
let bytes = 0;
for await (const chunk of response) bytes += chunk.length;
process.stdout.write(`${bytes}\n`);
