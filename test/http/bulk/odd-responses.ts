import type { Random } from '../../../src/ports/clock.ts';

/** How often each oddity occurs: most responses have one or two. */
const ODD = 0.05;

/** HTTP/1.1 responses as servers, proxies and broken ones write them; the same numbers give the same responses. */
export class OddResponses {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** The bytes of a response until its connection ends. */
  next(): Buffer {
    const body = this.#body();
    const [framing, framed] = this.#framed(body);
    const fields = this.#shuffled([...framing, ...this.#fields()]);
    const head = `${this.#statusLine()}${fields.join('')}${this.#odd() ? this.#pick(['\n', '\r', ' \r\n']) : '\r\n'}`;
    const before = this.#odd()
      ? this.#pick([
          'HTTP/1.1 100 Continue\r\n\r\n',
          'HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n',
          '\r\n',
          '\n',
          ' ',
          'x',
        ])
      : '';
    const after = this.#odd() ? this.#pick(['\r\n', 'HTTP/1.1 200 OK\r\n\r\n', 'x', '0\r\n\r\n']) : '';
    return this.#damaged(
      Buffer.concat([Buffer.from(before + head, 'latin1'), framed, Buffer.from(after, 'latin1')]),
    );
  }

  #statusLine(): string {
    const version = this.#odd()
      ? this.#pick(['HTTP/1.0', 'HTTP/2.0', 'http/1.1', 'HTTP/1.1 ', 'HTTP/1.10', 'HTTP/11', 'ICY'])
      : 'HTTP/1.1';
    const status = this.#odd()
      ? this.#pick(['099', '101', '199', '600', '999', '20', '2000', '2OO', ''])
      : this.#pick(['200', '200', '200', '206', '206', '204', '304', '302', '404', '416', '500', '503']);
    const reason = this.#odd()
      ? this.#pick(['', ' ', '  OK', ' \t', ' a\x01b', ' a\x7f', ' \xe9t\xe9', ' a\0b', ' a\rb'])
      : ' OK';
    const end = this.#odd() ? this.#pick(['\n', '\r\r\n', '']) : '\r\n';
    return `${version} ${status}${reason}${end}`;
  }

  #fields(): string[] {
    return Array.from({ length: this.#below(5) }, () => this.#field(this.#name(), this.#value()));
  }

  #name(): string {
    if (this.#odd())
      return this.#pick([
        '',
        'X A',
        'X-A ',
        'X\x01',
        'X\xe9',
        'X(',
        'X"',
        "!#$%&'*+.^_`|~",
        '__proto__',
        'x:',
        '\tX',
      ]);
    return this.#pick([
      ...[
        'Content-Type',
        'ETag',
        'Last-Modified',
        'Date',
        'Server',
        'X-A',
        'Via',
        'Connection',
        'Accept-Ranges',
        'Age',
      ],
      ...[
        'Content-Range',
        'Set-Cookie',
        'Location',
        'Retry-After',
        'Expires',
        'Vary',
        'constructor',
        'Keep-Alive',
      ],
    ]);
  }

  #value(): string {
    if (this.#odd())
      return this.#pick([
        '',
        ' ',
        'a\x01b',
        'a\x7fb',
        'a\x0bb',
        '\xe9',
        'a\0b',
        'a\rb',
        'a\nb',
        'a\tb',
        'a'.repeat(300),
      ]);
    return this.#pick([
      'a',
      'b, c',
      '"v1"',
      'W/"v1"',
      'bytes 0-9/20',
      'bytes 0-2/3',
      'close',
      'keep-alive',
      'Mon, 01 Jan 2026 03:00:00 GMT',
    ]);
  }

  #field(name: string, value: string): string {
    const colon = this.#odd() ? this.#pick([' :', '\t:', '', '::']) : ':';
    const before = this.#odd() ? this.#pick(['', '  ', '\t', '\r\n ', '\r\n\t']) : ' ';
    const after = this.#odd() ? this.#pick([' ', '\t ', '\r\n  folded', '\r\n ', '\r']) : '';
    const end = this.#odd() ? this.#pick(['\n', '\r\r\n', '\r']) : '\r\n';
    return name + colon + before + value + after + end;
  }

  #body(): Buffer {
    return Buffer.from(Array.from({ length: this.#below(40) }, () => this.#below(256)));
  }

  /** The fields that say where the body ends, and the body as it is sent by them. */
  #framed(body: Buffer): [string[], Buffer] {
    const kind = this.#random();
    if (kind < 0.1) return [[], body];
    if (kind < 0.5) return [this.#lengthFields(body.length), body];
    const fields = [this.#field('Transfer-Encoding', this.#coding())];
    if (this.#odd()) fields.push(...this.#lengthFields(body.length));
    return [fields, this.#chunked(body)];
  }

  #lengthFields(length: number): string[] {
    const field = this.#field('Content-Length', String(length));
    if (this.#odd()) {
      const other = this.#pick([
        `${length}, ${length}`,
        `+${length}`,
        `-${length}`,
        `${length}.0`,
        `0x${length}`,
        `00${length}`,
        '',
        '9'.repeat(25),
        `${length} ${length}`,
        '9007199254740993',
      ]);
      return [this.#field('Content-Length', other)];
    }
    if (this.#odd()) return [field, this.#field('content-length', String(length + this.#below(2)))];
    return [this.#odd() ? this.#field('Content-Length', String(length + this.#below(3) - 1)) : field];
  }

  #coding(): string {
    if (!this.#odd()) return this.#pick(['chunked', 'chunked', 'Chunked']);
    return this.#pick([
      'gzip, chunked',
      'chunked, gzip',
      'identity',
      'chunked, chunked',
      'xchunked',
      'chunked;a=b',
      '',
      'gzip',
      'chunked,',
    ]);
  }

  #chunked(body: Buffer): Buffer {
    const pieces: Buffer[] = [];
    for (let at = 0; at < body.length; ) {
      const size = 1 + this.#below(body.length - at);
      pieces.push(Buffer.from(this.#sizeLine(size), 'latin1'), body.subarray(at, at + size));
      pieces.push(
        Buffer.from(this.#odd() ? this.#pick(['\n', '', '\r', ' \r\n', '\r\r\n']) : '\r\n', 'latin1'),
      );
      at += size;
    }
    if (!this.#odd()) pieces.push(Buffer.from(this.#sizeLine(0), 'latin1'));
    const trailers =
      this.#random() < 0.15 ? Array.from({ length: 1 + this.#below(2) }, () => this.#trailer()) : [];
    pieces.push(
      Buffer.from(trailers.join('') + (this.#odd() ? this.#pick(['\n', '', '\r']) : '\r\n'), 'latin1'),
    );
    return Buffer.concat(pieces);
  }

  #sizeLine(size: number): string {
    const hex = this.#pick([size.toString(16), size.toString(16).toUpperCase()]);
    const zeros = this.#odd() ? '0'.repeat(this.#below(10)) : '';
    const written = this.#odd()
      ? this.#pick(['', `0x${hex}`, `-${hex}`, `+${hex}`, ` ${hex}`, `${hex}g`, 'f'.repeat(16), `${hex}\0`])
      : zeros + hex;
    const blank = this.#odd() ? this.#pick([' ', '\t', '   ']) : '';
    const extension =
      this.#random() < 0.15
        ? this.#pick([
            ';',
            ';a',
            ';a=b',
            ';a="b;c"',
            '; a = b',
            ';a=b;c=d',
            ';a="b\\"c"',
            ';a="',
            ';\x01',
            ';a=\xe9',
            ';a b',
            ';a=b ',
            ';;',
            ';a="b"c',
            ';=b',
            ';a="\x7f"',
            ';a=""',
            ';a="\\\x01"',
            ';a="\t\xe9"',
            ';a=(b)',
          ])
        : '';
    return written + blank + extension + (this.#odd() ? this.#pick(['\n', '\r\r\n', '\r']) : '\r\n');
  }

  #trailer(): string {
    return this.#odd()
      ? this.#pick(['nonsense\r\n', ': a\r\n', ' a: b\r\n', 'Content-Length: 5\r\n'])
      : this.#field(this.#name(), this.#value());
  }

  /** Cut short, or with a byte that is another one. */
  #damaged(bytes: Buffer): Buffer {
    const kind = this.#random();
    if (kind < 0.12) return bytes.subarray(0, this.#below(bytes.length));
    if (kind > 0.95 && bytes.length > 0) bytes[this.#below(bytes.length)] = this.#below(256);
    return bytes;
  }

  #shuffled<T>(items: readonly T[]): T[] {
    return items
      .map((item) => [this.#random(), item] as const)
      .sort(([a], [b]) => a - b)
      .map(([, item]) => item);
  }

  #odd(): boolean {
    return this.#random() < ODD;
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #pick<T>(choices: readonly T[]): T {
    return choices[this.#below(choices.length)] as T;
  }
}
