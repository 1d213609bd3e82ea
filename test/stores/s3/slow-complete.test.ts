import { describe, expect, it } from 'vitest';
import { bytesOf, expectBytes, PART, piecesOf, startStore } from './store-fixture.ts';

/**
 * S3 sends the head of a Complete at once, and its body minutes later (API_CompleteMultipartUpload). A minute is
 * 120 ms here: what takes 0.5 s would take four.
 */
describe('a Complete whose body comes minutes after its head', () => {
  it('is waited for as long as a Complete may take', async () => {
    await using fixture = await startStore({ timeoutScale: 0.002 });
    const bytes = bytesOf(PART + 2 ** 20);
    const slow = fixture.s3.fail({
      operation: 'CompleteMultipartUpload',
      fault: { kind: 'late-body', afterMs: 500 },
      times: 10,
    });
    await fixture.upload(piecesOf(bytes));
    expect(slow.hits).toBe(1);
    await expectBytes(fixture, bytes);
  });
});
