import type Undici from 'undici-types';

// The same by undici's own call, the cheapest that it has for a stream of bytes: `UNDICI=FOLDER node
// bench/readers/undici-request.ts URL` prints how many bytes came. The bench installs undici into its cache.

const [url = ''] = process.argv.slice(2);
const { request } = (await import(`${process.env.UNDICI}/index.js`)) as typeof Undici;
const { body } = await request(url);
let bytes = 0;
for await (const chunk of body) bytes += chunk.length;
process.stdout.write(`${bytes}\n`);
