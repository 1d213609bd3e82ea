import { BulkDownloads } from '../../src/http/bulk/bulk-downloads.ts';
import { DEFAULT_TIMEOUTS } from '../../src/http/timeouts.ts';
import { transportError } from '../../src/sources/scalingo/api/scalingo-error.ts';

// How the program reads archives: `node bench/readers/bulk.ts URL` prints how many bytes came.

const [url = ''] = process.argv.slice(2);
const downloads = new BulkDownloads('bench', DEFAULT_TIMEOUTS);
const request = {
  method: 'GET',
  url,
  operation: 'read',
  headers: {},
  kind: 'archive',
  freshConnection: true,
} as const;
const context = {
  makeError: transportError,
  operation: 'read',
  host: new URL(url).host,
  secure: url.startsWith('https:'),
};
const opened = await downloads.open(request, context, new AbortController().signal);
let bytes = 0;
for await (const chunk of opened?.response?.body ?? []) bytes += chunk.length;
downloads.close();
process.stdout.write(`${bytes}\n`);
