import { describe, expect, it } from 'vitest';
import { compressSnappy, decompressSnappy } from '../../lib/record/snappy.ts';
import { noise } from './record-arbitrary.ts';

const LIMIT = 300_000;
const corrupt = expect.objectContaining({ code: 'CORRUPT_MESSAGE' });

/** `hello ` nine times, by the reference library. */
const bare = Buffer.from('NRRoZWxsbyC6BgA=', 'base64');
const hello = 'hello hello hello hello hello hello hello hello hello';

const read = (bytes: Uint8Array, limit = LIMIT) => Buffer.from(decompressSnappy(bytes, limit)).toString();

const chunk = (block: Uint8Array) => {
  const length = Buffer.alloc(4);
  length.writeInt32BE(block.length);
  return Buffer.concat([length, block]);
};

const header = Buffer.from('82534e4150505900' + '00000001' + '00000001', 'hex');

describe('decompressSnappy', () => {
  it('reads a bare block', () => {
    expect(read(bare)).toBe(hello);
  });

  it('reads xerial chunks', () => {
    expect(read(Buffer.concat([header, chunk(bare), chunk(bare)]))).toBe(hello + hello);
  });

  it('reads xerial streams end to end', () => {
    expect(read(Buffer.concat([header, chunk(bare), header, chunk(bare)]))).toBe(hello + hello);
  });

  it('reads up to its limit and not a byte more', () => {
    const two = Buffer.concat([header, chunk(bare), chunk(bare)]);
    expect(read(two, 2 * hello.length)).toBe(hello + hello);
    expect(() => read(two, 2 * hello.length - 1)).toThrow(expect.objectContaining({ code: 'MESSAGE_TOO_LARGE' }));
  });

  it.each([
    ['nothing', ''],
    ['a length without an end', 'ffffffffff'],
    ['a length of 4 GiB in five bytes', 'ffffffff0f00'],
    ['fewer bytes than it states', '0500' + '61'],
    ['more bytes than it states', '0104' + '6161'],
    ['literals past its end', '050c' + '61'],
    ['literals whose length is past its end', '05f0'],
    ['a copy without a distance', '050061' + '02'],
    ['a copy from nowhere', '050061' + '0e0000'],
    ['a copy from before its beginning', '050061' + '0e0200'],
    ['a copy from 4 GiB back', '050061' + '0fffffffff'],
  ])('refuses a block of %s', (_, hex) => {
    expect(() => decompressSnappy(Buffer.from(hex, 'hex'), LIMIT)).toThrow(corrupt);
    expect(() => decompressSnappy(Buffer.concat([header, chunk(Buffer.from(hex, 'hex'))]), LIMIT)).toThrow(corrupt);
  });

  it('reads each of the three copies and long literals', () => {
    const literals = noise(70);
    const block = Buffer.concat([
      Buffer.from([70 + 4 + 5 + 6, 60 << 2, 69]),
      literals,
      Buffer.from([0b001, 70]), // 4 bytes from 70 back
      Buffer.from([(4 << 2) | 2, 70, 0]), // 5 bytes
      Buffer.from([(5 << 2) | 3, 70, 0, 0, 0]), // 6 bytes
    ]);
    const expected = Buffer.concat([literals, literals.subarray(0, 15)]);
    expect(Buffer.from(decompressSnappy(block, LIMIT))).toEqual(expected);
  });

  it('refuses a copy from the chunk before', () => {
    const second = Buffer.from('0402' + '0000', 'hex');
    second[1] = (3 << 2) | 2;
    second[2] = 4;
    expect(() => decompressSnappy(Buffer.concat([header, chunk(bare), chunk(second)]), LIMIT)).toThrow(corrupt);
  });

  it('refuses a xerial stream that is cut inside of a chunk or a header', () => {
    const whole = Buffer.concat([header, chunk(bare)]);
    for (let size = 8; size < whole.length; size++) {
      if (size === header.length) continue; // a stream without chunks
      expect(() => decompressSnappy(whole.subarray(0, size), LIMIT)).toThrow(corrupt);
    }
  });

  it('refuses a xerial stream for later readers', () => {
    const later = Buffer.concat([header, chunk(bare)]);
    later.writeInt32BE(2, 12);
    expect(() => decompressSnappy(later, LIMIT)).toThrow(corrupt);
  });
});

describe('compressSnappy', () => {
  it.each([1, 11, 12, 13, 60, 61, 256, 257, 65_535, 65_536, 65_537, 200_000])(
    'gives back %i bytes of zeros, of noise and of both',
    size => {
      const mixed = Buffer.concat([noise(size >> 1), Buffer.alloc(size - (size >> 1)), noise(size >> 1)]);
      for (const bytes of [Buffer.alloc(size), noise(size), mixed]) {
        expect(Buffer.from(decompressSnappy(compressSnappy(bytes), LIMIT)).equals(bytes)).toBe(true);
      }
    },
  );

  it("writes xerial's header, as Kafka's Java client does", () => {
    expect(Buffer.from(compressSnappy(Buffer.from('a'))).subarray(0, 16)).toEqual(header);
  });
});
