// The same by Node's fetch, which is undici: `node bench/readers/fetch.ts URL` prints how many bytes came.

const [url = ''] = process.argv.slice(2);
const { body } = await fetch(url, { headers: { 'accept-encoding': 'identity' } });
let bytes = 0;
for await (const chunk of body ?? []) bytes += chunk.length;
process.stdout.write(`${bytes}\n`);
