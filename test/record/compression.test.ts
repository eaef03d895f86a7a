import { constants, createZstdCompress, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type CompressionCodec, compress, compressionCodecs, decompress } from '../../lib/record/compression.ts';
import { noise } from './record-arbitrary.ts';

const MIB = 1 << 20;
const corrupt = expect.objectContaining({ code: 'CORRUPT_MESSAGE' });
const tooLarge = expect.objectContaining({ code: 'MESSAGE_TOO_LARGE' });

describe.each(compressionCodecs)('%s', codec => {
  it.each([1, 1_000, 100_000])('gives back %i bytes', size => {
    for (const bytes of [Buffer.alloc(size), noise(size)]) {
      expect(Buffer.from(decompress(codec, compress(codec, bytes), size)).equals(bytes)).toBe(true);
    }
  });

  it('gives back as many bytes as its limit, and refuses one more', () => {
    for (const limit of [1, 1_000, 65_536, 100_000]) {
      expect(decompress(codec, compress(codec, Buffer.alloc(limit)), limit)).toHaveLength(limit);
      expect(() => decompress(codec, compress(codec, Buffer.alloc(limit + 1)), limit)).toThrow(tooLarge);
    }
  });
});

/** What becomes a gigabyte, or says so. */
const bombs: Record<Exclude<CompressionCodec, 'none'>, () => Uint8Array> = {
  gzip: () => repeated(gzipSync(Buffer.alloc(32 * MIB)), 32),
  zstd: () => repeated(zstdCompressSync(Buffer.alloc(32 * MIB)), 32),
  lz4: lz4Bomb,
  snappy: () => repeated(compress('snappy', Buffer.alloc(32 * MIB)), 32),
};

const repeated = (bytes: Uint8Array, times: number) => Buffer.concat(Array.from({ length: times }, () => bytes));

/** One frame of many times the same block of 4 MiB of zeros: a literal, and a copy of it as long as the block may be. */
function lz4Bomb(): Uint8Array {
  const rest = 4 * MIB - 1 - 4 - 15;
  const copy = Buffer.concat([
    Buffer.from([0x1f, 0, 1, 0]),
    Buffer.alloc(Math.floor(rest / 255), 255),
    Buffer.from([rest % 255]),
  ]);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(copy.length);
  const header = Buffer.from('04224d18607073', 'hex');
  return Buffer.concat([header, repeated(Buffer.concat([size, copy]), 256), Buffer.alloc(4)]);
}

describe('a bomb of a gigabyte', () => {
  it.each(Object.keys(bombs) as (keyof typeof bombs)[])('is refused before it goes off: %s', codec => {
    const bomb = bombs[codec]();
    const before = process.memoryUsage().arrayBuffers;
    const start = performance.now();
    expect(() => decompress(codec, bomb, MIB)).toThrow(tooLarge);
    expect(performance.now() - start).toBeLessThan(500);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * MIB);
  });

  it('is refused by its word alone: snappy', () => {
    expect(() => decompress('snappy', Buffer.from('8080808004' + '0061', 'hex'), 2 ** 31)).toThrow(corrupt);
  });
});

describe('gzip members and zstd frames', () => {
  it.each(['gzip', 'zstd'] as const)('read as one when they stand end to end: %s', codec => {
    const parts = ['one ', 'two ', 'three'].map(text => compress(codec, Buffer.from(text)));
    expect(Buffer.from(decompress(codec, Buffer.concat(parts), 13)).toString()).toBe('one two three');
    expect(() => decompress(codec, Buffer.concat(parts), 12)).toThrow(tooLarge);
  });

  it.each(['gzip', 'zstd'] as const)('are refused with bytes after the last that are not one: %s', codec => {
    const bytes = compress(codec, Buffer.from('one'));
    for (const more of ['00', '000000', '1f8b', '28b52f', 'ffffffffff']) {
      expect(() => decompress(codec, Buffer.concat([bytes, Buffer.from(more, 'hex')]), 100)).toThrow(corrupt);
    }
  });

  it('may be skippable: zstd', () => {
    const skippable = Buffer.from('502a4d18' + '02000000' + 'abcd', 'hex');
    const frame = compress('zstd', Buffer.from('one'));
    expect(Buffer.from(decompress('zstd', Buffer.concat([skippable, frame]), 3)).toString()).toBe('one');
  });

  it('are refused in number: zstd', () => {
    const frame = compress('zstd', Buffer.from('a'));
    expect(decompress('zstd', repeated(frame, 255), 1_000)).toHaveLength(255);
    expect(decompress('zstd', repeated(frame, 256), 1_000)).toHaveLength(256);
    expect(() => decompress('zstd', repeated(frame, 257), 1_000)).toThrow(corrupt);
  });

  it('may have the largest window that a level gives, as of a stream of unknown length: zstd', async () => {
    const stream = createZstdCompress({ params: { [constants.ZSTD_c_windowLog]: 27 } });
    stream.write('one ');
    stream.flush();
    stream.end('two');
    const frame = Buffer.concat(await stream.toArray());
    expect(Buffer.from(decompress('zstd', frame, 7)).toString()).toBe('one two');
  });
});
