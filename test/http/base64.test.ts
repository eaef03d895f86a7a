import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase64, encodeBase64 } from '../../lib/http/base64.ts';

describe('base64', () => {
  it('comes back from any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), bytes => {
        expect(decodeBase64(encodeBase64(bytes))).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it('encodes a view without what is around it', () => {
    expect(encodeBase64(Buffer.from('abc').subarray(1, 2))).toBe('Yg==');
  });

  it.each(['YQ', 'YQ=', 'YR==', 'YQ==\n', ' YQ==', 'Y-_=', 'YQ==YQ==', '====', 'é'])('refuses %j', text => {
    expect(decodeBase64(text)).toBeUndefined();
  });
});
