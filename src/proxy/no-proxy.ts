import { BlockList, isIP } from 'node:net';

type Rule = (host: string, port: number) => boolean;

/**
 * `NO_PROXY` as curl reads it (https://curl.se/libcurl/c/CURLOPT_NOPROXY.html, lib/noproxy.c): names and addresses, by
 * commas or blanks; a name holds for what is below it too, a dot before or behind it changes nothing; addresses
 * may be networks (`10.0.0.0/8`, `fd00::/8`); `*` alone is for every host. An address is compared with addresses only:
 * nothing is looked up.
 *
 * Besides, as other programs have it: `*.` before a name is a dot, an IPv6 address may stand in brackets, and an entry
 * with a port holds for that port only. Of these curl matches none. IPv6 networks and other spellings of an IPv6 address
 * hold as curl documents them: curl 7.88 itself takes such a host for a name. `/0` is every address, not one alone.
 */
export class NoProxy {
  readonly #rules: readonly Rule[];

  constructor(text: string) {
    this.#rules = text === '*' ? [() => true] : text.split(/[\s,]+/).map(ruleOf);
  }

  /** @param host without the brackets of IPv6 */
  matches(host: string, port: number): boolean {
    const name = host.toLowerCase().replace(/\.$/, '');
    return this.#rules.some((rule) => rule(name, port));
  }
}

/** Of what is neither a name nor an address: one that matches nothing. */
function ruleOf(entry: string): Rule {
  const [, bracketed, plain = '', port] =
    /^(?:\[([^\]]*)\]|([^:]*|.*:.*:.*?))(?::(\d{1,5}))?$/.exec(entry) ?? [];
  const rule = ruleOfHost((bracketed ?? plain).toLowerCase());
  return port === undefined ? rule : (host, asked) => asked === Number(port) && rule(host, asked);
}

function ruleOfHost(text: string): Rule {
  const [address = '', bits] = text.split('/');
  const family = address.includes('%') ? 0 : isIP(address);
  if (family !== 0) return ruleOfNetwork(address, family, bits);
  const name = text.replace(/^\*?\./, '').replace(/\.$/, '');
  if (name === '') return () => false;
  return (host) => isIP(host) === 0 && (host === name || host.endsWith(`.${name}`));
}

function ruleOfNetwork(address: string, family: number, bits: string | undefined): Rule {
  const most = family === 4 ? 32 : 128;
  const prefix = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
  if (!(prefix <= most)) return () => false;
  const kind = family === 4 ? 'ipv4' : 'ipv6';
  const network = new BlockList();
  network.addSubnet(address, prefix, kind);
  return (host) => isIP(host) === family && network.check(host, kind);
}
