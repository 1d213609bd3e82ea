import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { isLocalAddress, isLocalName } from './followed-redirect.ts';

/** A name leads to this machine or its own link, and came from elsewhere. */
export class LeadsHere extends Error {
  readonly code = 'ERR_LEADS_HERE';

  constructor(host: string) {
    super(`the name ${host} leads to this machine or its own link`);
  }
}

/**
 * Looks names up, and tells which of them lead to this machine. A name that says so itself (`localhost`) does not count:
 * whether it may be asked was judged by the URL.
 * @param onLocal called where one does; what it throws ends the connection
 */
export function guardedLookup(lookup: LookupFunction, onLocal: (host: string) => void): LookupFunction {
  return (host, options, deliver) => {
    lookup(host, options, (error, address, family) => {
      try {
        if (error === null && !isLocalName(host) && addressesOf(address).some(isLocalAddress)) onLocal(host);
      } catch (refusal) {
        deliver(refusal as NodeJS.ErrnoException, address, family);
        return;
      }
      deliver(error, address, family);
    });
  };
}

/** As `dns.lookup` gives them, with `all` or without. */
function addressesOf(given: string | LookupAddress[]): string[] {
  return typeof given === 'string' ? [given] : given.map(({ address }) => address);
}
