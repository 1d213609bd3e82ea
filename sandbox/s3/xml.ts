import { S3Error } from './s3-error.ts';

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

/** Content of an element: text, or children in order. `undefined` children are left out. */
export type XmlContent = string | number | boolean | readonly XmlChild[];
export type XmlChild = readonly [name: string, content: XmlContent | undefined];

/** An S3 answer: the declaration, and one root element in S3's namespace. */
export function s3Document(root: string, children: readonly XmlChild[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="${NAMESPACE}">${render(children)}</${root}>`;
}

/** An `<Error>` answer, which S3 sends without a namespace. */
export function errorDocument(children: readonly XmlChild[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${render(children)}</Error>`;
}

function render(content: XmlContent): string {
  if (typeof content !== 'object') return escapeXml(String(content));
  let text = '';
  for (const [name, child] of content) {
    if (child !== undefined) text += `<${name}>${render(child)}</${name}>`;
  }
  return text;
}

function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\r', '&#13;');
}

/** An element read from a request. */
export interface XmlElement {
  readonly name: string;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

const TOKEN =
  /<\?[^>]*\?>|<!--[\s\S]*?-->|<(\/?)([A-Za-z_][\w.:-]*)((?:\s+[\w.:-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|([^<]+)/y;
const ENTITY = /&(?:(amp|lt|gt|quot|apos)|#(\d{1,7})|#x([\da-fA-F]{1,6}));/g;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

interface OpenElement {
  readonly name: string;
  readonly children: XmlElement[];
  text: string;
}

/**
 * Reads a small document with one root of the given name. No DTDs, no CDATA.
 * @throws S3Error `MalformedXML`
 */
export function parseXml(text: string, root: string): XmlElement {
  const top: OpenElement = { name: '', children: [], text: '' };
  const open: OpenElement[] = [top];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const match = TOKEN.exec(text);
    const current = open.at(-1);
    if (match === null || current === undefined) throw new S3Error('MalformedXML');
    const [, closing, name, , selfClosing, characters] = match;
    if (characters !== undefined) current.text += decode(characters);
    else if (name !== undefined && closing === '/') close(open, name);
    else if (name !== undefined) {
      open.push({ name, children: [], text: '' });
      if (selfClosing === '/') close(open, name);
    }
  }
  const [only, ...others] = top.children;
  if (open.length !== 1 || only === undefined || others.length > 0 || only.name !== root) {
    throw new S3Error('MalformedXML');
  }
  return only;
}

function close(open: OpenElement[], name: string): void {
  const element = open.pop();
  const parent = open.at(-1);
  if (element === undefined || parent === undefined || element.name !== name) {
    throw new S3Error('MalformedXML');
  }
  parent.children.push(element);
}

function decode(text: string): string {
  if (!text.includes('&')) return text;
  const decoded = text.replace(ENTITY, (_all, name: string, decimal: string, hex: string) =>
    name !== undefined
      ? (ENTITIES[name] ?? '')
      : String.fromCodePoint(decimal !== undefined ? Number.parseInt(decimal, 10) : Number.parseInt(hex, 16)),
  );
  if (/&(?!\w)/.test(text.replace(ENTITY, ''))) throw new S3Error('MalformedXML');
  return decoded;
}

/** The text of the one child of that name; `undefined` without one. @throws S3Error on two */
export function childText(element: XmlElement, name: string): string | undefined {
  const found = element.children.filter((child) => child.name === name);
  if (found.length > 1) throw new S3Error('MalformedXML');
  return found[0]?.text;
}
