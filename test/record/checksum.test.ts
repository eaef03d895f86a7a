import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32c } from '../../lib/record/crc32c.ts';
import { murmur2 } from '../../lib/record/murmur2.ts';
import { partitionForKey } from '../../lib/record/partitioner.ts';

describe('crc32c', () => {
  const ascending = Buffer.from(Array.from({ length: 32 }, (_, byte) => byte));

  // The last four are those of RFC 3720, B.4.
  it.each([
    ['nothing', Buffer.alloc(0), 0],
    ['123456789', Buffer.from('123456789'), 0xe3069283],
    ['32 zeros', Buffer.alloc(32), 0x8a9136aa],
    ['32 bytes of ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
    ['0 to 31', ascending, 0x46dd794e],
    ['31 to 0', Buffer.from(ascending).reverse(), 0x113fdb5c],
  ])('of %s is the published one', (_, bytes, crc) => {
    expect(crc32c(bytes)).toBe(crc);
  });

  it('of any part at any alignment is that of its bytes one by one', () => {
    const part = fc.uint8Array({ maxLength: 100 }).chain(bytes => {
      const index = fc.nat(bytes.length);
      return fc.tuple(fc.constant(bytes), index, index);
    });
    fc.assert(
      fc.property(part, ([bytes, start, end]) => {
        expect(crc32c(bytes, start, end)).toBe(crcByBits(bytes.subarray(start, Math.max(start, end))));
      }),
    );
  });

  function crcByBits(bytes: Uint8Array): number {
    let crc = -1;
    for (const byte of bytes) {
      crc ^= byte;
      for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
    }
    return ~crc >>> 0;
  }
});

// Kafka's `UtilsTest`, and the empty key; partitions of 3, 6, 10 and 16.
describe.each([
  ['21', -973932308, [0, 0, 0, 12]],
  ['foobar', -790332482, [0, 0, 6, 14]],
  ['a-little-bit-long-string', -985981536, [2, 2, 2, 0]],
  ['a-little-bit-longer-string', -1486304829, [2, 5, 9, 3]],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971, [2, 5, 7, 13]],
  ['abc', 479470107, [0, 3, 7, 11]],
  ['', 275646681, [0, 3, 1, 9]],
])('the key %j', (key, hash, partitions) => {
  it("has Kafka's hash and partitions", () => {
    expect(murmur2(Buffer.from(key))).toBe(hash);
    expect([3, 6, 10, 16].map(count => partitionForKey(Buffer.from(key), count))).toEqual(partitions);
  });
});
