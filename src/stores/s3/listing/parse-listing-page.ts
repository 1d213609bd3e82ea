import type { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { readAll } from '../client/genuine-response.ts';

/** An object as a page of a listing shows it. */
export interface ListingEntry {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  readonly lastModified: Date;
}

/**
 * Reads the objects of a listing's response before the SDK does. The SDK's XML parser goes letter by letter,
 * which for 100,000 archives is more time and four times the memory of everything else; and the texts that
 * it gives are parts of the whole response, which stays in memory as long as one of them. What does not look
 * exactly as S3 writes it is left to the SDK.
 * @param take called with the entries of a page, in its order; not called where the SDK has to read them
 */
export function readEntriesAside(
  command: ListObjectsV2Command,
  take: (entries: readonly ListingEntry[]) => void,
): ListObjectsV2Command {
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const response = result.response as { statusCode?: number; body?: unknown };
      if (response.statusCode !== 200) return result;
      const bytes = await readAll(response.body);
      if (bytes === undefined) return result;
      const aside = setAside(bytes);
      if (aside !== undefined) take(aside.entries);
      response.body = aside?.rest ?? bytes;
      return result;
    },
    // Next to the wire, before any other that reads the body.
    { step: 'deserialize', priority: 'low', name: 'readEntriesAside' },
  );
  return command;
}

const OPEN = '<Contents>';
const CLOSE = '</Contents>';
/** What an unusual document has: a comment, a CDATA section, a namespace's prefix, an attribute. */
const UNUSUAL = ['<!', ':Contents', '<Contents '];

/** The entries of a page, and the document without them; `undefined` where it has anything unusual. */
function setAside(xml: Buffer): { entries: ListingEntry[]; rest: Buffer } | undefined {
  if (UNUSUAL.some((text) => xml.includes(text))) return undefined;
  const entries: ListingEntry[] = [];
  const rest: Buffer[] = [];
  let from = 0;
  for (let begin = xml.indexOf(OPEN); begin >= 0; begin = xml.indexOf(OPEN, from)) {
    const end = xml.indexOf(CLOSE, begin);
    const entry = end < 0 ? undefined : readEntry(xml.toString('utf8', begin + OPEN.length, end));
    if (entry === undefined) return undefined;
    entries.push(entry);
    rest.push(xml.subarray(from, begin));
    from = end + CLOSE.length;
  }
  rest.push(xml.subarray(from));
  return { entries, rest: Buffer.concat(rest) };
}

function readEntry(element: string): ListingEntry | undefined {
  const key = /<Key>([^<]+)<\/Key>/.exec(element)?.[1];
  const size = /<Size>(\d{1,15})<\/Size>/.exec(element)?.[1];
  const time = Date.parse(/<LastModified>([^<]+)<\/LastModified>/.exec(element)?.[1] ?? '');
  const text = key === undefined ? undefined : decode(key);
  if (text === undefined || size === undefined || Number.isNaN(time)) return undefined;
  return { key: text, size: Number(size), lastModified: new Date(time) };
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Entities and character references (https://www.w3.org/TR/xml/#sec-references), in a string of its own. */
function decode(text: string): string | undefined {
  let isKnown = true;
  const decoded = text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w*));?/gi, (all, decimal, hex, name) => {
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    const letter = code <= 0x10ffff ? String.fromCodePoint(code) : NAMED[name];
    if (letter === undefined || !all.endsWith(';')) isKnown = false;
    return letter ?? all;
  });
  return isKnown ? Buffer.from(decoded).toString() : undefined;
}
