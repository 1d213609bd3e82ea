import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import {
  isCertificateFault,
  networkCodeOf,
  networkWords,
  ownMeansHint,
} from '../../src/text/network-errors.ts';

describe('a network error', () => {
  it('has a code and a clause for it', async () => {
    const error = await new Promise((resolve) => connect(1, '127.0.0.1').once('error', resolve));
    expect(networkCodeOf(error)).toBe('ECONNREFUSED');
    expect(networkWords('ECONNREFUSED')).toBe('the connection was refused');
    expect(networkWords('HPE_INVALID_CONSTANT')).toBe('what came back is not HTTP');
    expect(networkWords('ESOMETHING')).toBeUndefined();
  });

  it.each([
    ['EMFILE', 'ulimit -n'],
    ['ENFILE', 'fs.file-max'],
    ['EADDRNOTAVAIL', 'local ports'],
  ])('%s is a want of this side, and the hint names it', (code, hint) => {
    expect(networkWords(code)).toContain('left for a connection');
    expect(ownMeansHint(code)).toContain(hint);
    expect(ownMeansHint('ECONNREFUSED')).toBeUndefined();
  });

  it('has the code of its first address, where each of them failed', () => {
    const each = ['ECONNREFUSED', 'EHOSTUNREACH'].map((code) => Object.assign(new Error('no'), { code }));
    expect(networkCodeOf(new AggregateError(each))).toBe('ECONNREFUSED');
  });

  it.each([undefined, 'ECONNRESET', new Error('no'), { code: 20 }, { code: 'GET https://me:secret@host' }])(
    'has none where none is written: %j',
    (error) => {
      expect(networkCodeOf(error)).toBeUndefined();
    },
  );

  it.each([
    'CERT_HAS_EXPIRED',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'ERR_TLS_CERT_ALTNAME_INVALID',
  ])('%s is the fault of a certificate, a cut connection is not', (code) => {
    expect(isCertificateFault(code)).toBe(true);
    expect(isCertificateFault('ECONNRESET')).toBe(false);
  });
});
