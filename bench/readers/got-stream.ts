import got from 'got';

// The same by got's stream: `node bench/readers/got-stream.ts URL` prints how many bytes came.

const [url = ''] = process.argv.slice(2);
let bytes = 0;
for await (const chunk of got.stream(url, { decompress: false, retry: { limit: 0 } })) bytes += chunk.length;
process.stdout.write(`${bytes}\n`);
