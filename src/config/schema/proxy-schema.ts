import type { Section } from './setting.ts';

/**
 * What is reached by a proxy: the variables that curl knows too (https://curl.se/docs/manpage.html, "ENVIRONMENT"), in
 * its order, and `HTTP_PROXY` as well: curl leaves that out because a CGI script gets it from its caller.
 */
export const proxySection = {
  https: {
    doc: 'The HTTP proxy for https URLs (proxies.md); in lower case too, else `ALL_PROXY`.',
    format: 'proxyUrl',
    default: null,
    defaultNote: 'no proxy',
    env: 'HTTPS_PROXY',
    spellings: ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'],
    sensitive: true,
    environmentOnly: true,
  },
  http: {
    doc: 'The HTTP proxy for http URLs (proxies.md); in lower case too, else `ALL_PROXY`.',
    format: 'proxyUrl',
    default: null,
    defaultNote: 'no proxy',
    env: 'HTTP_PROXY',
    spellings: ['http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY'],
    sensitive: true,
    environmentOnly: true,
  },
  none: {
    doc: 'Hosts that are reached without the proxy (proxies.md); in lower case too.',
    format: 'hostList',
    default: null,
    defaultNote: 'none',
    env: 'NO_PROXY',
    spellings: ['no_proxy', 'NO_PROXY'],
    environmentOnly: true,
  },
} as const satisfies Section;
