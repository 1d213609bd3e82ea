import { describe, expect, it } from 'vitest';
import { whyNotFollowed } from '../../src/http/followed-redirect.ts';

describe('a redirect', () => {
  it.each([
    ['https://a.example/x', 'https://b.example/y', undefined],
    ['http://a.example/x', 'https://b.example/y', undefined],
    ['http://127.0.0.1:1/x', 'http://localhost:2/y', undefined],
    ['http://127.0.0.1:1/x', 'http://b.example/y', undefined],
    ['https://a.example/x', 'http://b.example/y', 'without encryption'],
    ['https://a.example/x', 'ftp://b.example/y', 'nowhere'],
    ['https://a.example/x', 'file:///etc/passwd', 'nowhere'],
    ['https://a.example/x', 'data:,x', 'nowhere'],
    ['https://a.example/x', 'no URL', 'nowhere'],
    ['http://a.example/x', 'http://169.254.169.254/latest/meta-data', 'this machine'],
    ['https://a.example/x', 'https://[::1]/y', 'this machine'],
    ['https://10.0.0.7/x', 'https://127.0.0.1/y', 'this machine'],
  ])('from %s to %s', (from, to, why) => {
    const reason = whyNotFollowed(new URL(from), URL.parse(to));
    if (why === undefined) expect(reason).toBeUndefined();
    else expect(reason).toContain(why);
  });
});
