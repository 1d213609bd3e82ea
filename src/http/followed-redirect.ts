import { BlockList, isIP } from 'node:net';

/** This machine and its own link, where its services and those of its cloud listen that no other may ask. */
const LOCAL = new BlockList();
// "This host" (RFC 6890), loopback (RFC 1122), link-local (RFC 3927), among them 169.254.169.254.
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
] as const) {
  LOCAL.addSubnet(network, prefix, 'ipv4');
}
// Unspecified and loopback (RFC 4291), link-local, and a cloud's metadata at a unique-local address.
for (const [network, prefix] of [
  ['::', 127],
  ['fe80::', 10],
  ['fd00:ec2::254', 128],
] as const) {
  LOCAL.addSubnet(network, prefix, 'ipv6');
}

/**
 * Whether a URL's host is this machine or its link, by its address or as `localhost` (RFC 6761). What a name server
 * says of another name is looked at when a connection is made (`guardedLookup`).
 */
export function isLocalHost({ hostname }: URL): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  return isIP(host) === 0 ? isLocalName(host) : isLocalAddress(host);
}

/** Whether a name says by itself that it is this machine. */
export function isLocalName(host: string): boolean {
  return /(^|\.)localhost\.?$/.test(host);
}

export function isLocalAddress(address: string): boolean {
  return LOCAL.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/**
 * Why a server may not send us from one URL to another; `undefined` where it may.
 * @param to `null`: it is no URL
 */
export function whyNotFollowed(from: URL, to: URL | null): string | undefined {
  if (to === null || !/^https?:$/.test(to.protocol)) return 'it leads nowhere that HTTP reaches';
  if (from.protocol === 'https:' && to.protocol !== 'https:') {
    return 'it leads from https to a connection without encryption';
  }
  if (isLocalHost(to) && !isLocalHost(from)) return 'it leads from elsewhere to this machine or its own link';
  return undefined;
}
