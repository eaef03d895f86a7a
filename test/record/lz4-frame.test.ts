import { describe, expect, it } from 'vitest';
import { compressLz4, decompressLz4 } from '../../lib/record/lz4-frame.ts';
import { xxhash32 } from '../../lib/record/xxhash32.ts';
import { noise } from './record-arbitrary.ts';

const content = Buffer.from('the quick brown fox jumps over the lazy dog; '.repeat(1_600)).subarray(0, 70_000);
const LIMIT = 100_000;

/** Frames of the reference library, in base64. */
const frames = {
  'linked blocks, all checksums and the content size':
    'BCJNGFxAcBEBAAAAAADjOQEAAPAQdGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVyIB8AkWxhenkgZG9nOw4ADy0A//////////////////' +
    '//////////////////////////////////////////////////////////////////////////////////////////////////////////////' +
    '//////////////////////////////////////////////////////////////////////////////////////////////////////////////' +
    '///////////////////////////////////////////////////////////////////////////////////////////////////////7dQcm93' +
    'biAZ5OD1GwAAAA/w////////////////////////aVBqdW1wc3424a8AAAAAY8ukvQ==',
  'independent blocks of 64 KiB, with checksums':
    'BCJNGHBArTkBAADwEHRoZSBxdWljayBicm93biBmb3gganVtcHMgb3ZlciAfAJFsYXp5IGRvZzsOAA8tAP////////////////////////////' +
    '//////////////////////////////////////////////////////////////////////////////////////////////////////////////' +
    '//////////////////////////////////////////////////////////////////////////////////////////////////////////////' +
    '////////////////////////////////////////////////////////////////////////////////////////////+3UHJvd24gGeTg9UcA' +
    'AADxDWZveCBqdW1wcyBvdmVyIHRoZSBsYXp5IGRvZzsOAM9xdWljayBicm93biAtAP//////////////////////PFBqdW1wcyKociIAAAAA',
  'one large block, with a content checksum':
    'BCJNGGRQCEsBAADwEHRoZSBxdWljayBicm93biBmb3gganVtcHMgb3ZlciAfAJFsYXp5IGRvZzsOAA8tAP////////////////////////////' +
    '//////////////////////////////////////////////////////////////////////////////////////////////////////////////' +
    '//////////////////////////////////////////////////////////////////////////////////////////////////////////////' +
    '//////////////////////////////////////////////////////////////////////////////////////////////////////////////' +
    '//////85UGp1bXBzAAAAAGPLpL0=',
};

const storedContent = noise(48);

/** A frame of one block that is not compressed, with every option; `damage` is done to it before it is read. */
function storedFrame(damage: (frame: Buffer) => void = () => {}): Buffer {
  const header = Buffer.from('04224d187c400000000000000000', 'hex');
  header.writeUInt32LE(storedContent.length, 6);
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE(xxhash32(storedContent));
  const size = Buffer.alloc(4);
  size.writeUInt32LE(2 ** 31 + storedContent.length);
  const frame = Buffer.concat([
    header,
    Buffer.from([xxhash32(header.subarray(4)) >>> 8]),
    size,
    storedContent,
    sum,
    Buffer.alloc(4),
    sum,
  ]);
  damage(frame);
  return frame;
}

const corrupt = expect.objectContaining({ code: 'CORRUPT_MESSAGE' });

describe('decompressLz4', () => {
  it.each(Object.entries(frames))('reads %s', (_, frame) => {
    expect(Buffer.from(decompressLz4(Buffer.from(frame, 'base64'), LIMIT)).equals(content)).toBe(true);
  });

  it('reads a block that is not compressed', () => {
    expect(Buffer.from(decompressLz4(storedFrame(), LIMIT))).toEqual(storedContent);
  });

  it.each([
    ['the magic', 0],
    ['the flags', 4],
    ['the content size', 6],
    ['the header checksum', 14],
    ['the block', 30],
    ['the block checksum', 68],
    ['the content checksum', 78],
  ])('refuses a frame with a bit flipped in %s', (_, at) => {
    const frame = storedFrame(bytes => bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at));
    expect(() => decompressLz4(frame, LIMIT)).toThrow(corrupt);
  });

  it('refuses a frame that is cut at any byte, or goes on after its end', () => {
    const frame = storedFrame();
    for (let size = 0; size < frame.length; size++) {
      expect(() => decompressLz4(frame.subarray(0, size), LIMIT)).toThrow(corrupt);
    }
    expect(() => decompressLz4(Buffer.concat([frame, Buffer.alloc(1)]), LIMIT)).toThrow(corrupt);
  });

  it('refuses a block that copies from before an independent block', () => {
    const linked = Buffer.from(frames['linked blocks, all checksums and the content size'], 'base64');
    linked.writeUInt8(linked.readUInt8(4) | 0x20, 4);
    linked.writeUInt8((xxhash32(linked.subarray(4, 14)) >>> 8) & 0xff, 14);
    expect(() => decompressLz4(linked, LIMIT)).toThrow(corrupt);
  });

  it('refuses a block larger than its frame allows', () => {
    const frame = compressLz4(Buffer.alloc(10));
    const large = Buffer.from(frames['one large block, with a content checksum'], 'base64');
    large.writeUInt8(0x40, 5);
    large.writeUInt8((xxhash32(large.subarray(4, 6)) >>> 8) & 0xff, 6);
    expect(decompressLz4(frame, LIMIT)).toHaveLength(10);
    expect(() => decompressLz4(large, LIMIT)).toThrow(corrupt);
  });
});

describe('compressLz4', () => {
  it("ends a block in five literals, as the format's own decoders count on", () => {
    const [token, literals] = ['50', '0000000000'];
    const endMark = '00000000';
    expect(Buffer.from(compressLz4(Buffer.alloc(100))).toString('hex')).toMatch(
      new RegExp(`01 00 .. ${token} ${literals} ${endMark}$`.replaceAll(' ', '')),
    );
  });

  it.each([0, 1, 11, 12, 13, 65_535, 65_536, 65_537, 200_000])('gives back %i bytes of zeros and of noise', size => {
    for (const bytes of [Buffer.alloc(size), noise(size)]) {
      expect(Buffer.from(decompressLz4(compressLz4(bytes), 200_000)).equals(bytes)).toBe(true);
    }
  });
});

it.each([
  ['', 0x02cc5d05],
  ['a', 0x550d7456],
  ['abc', 0x32d153ff],
  ['Nobody inspects the spammish repetition', 0xe2293b2f],
])('xxhash32 of %j is 0x%x', (text, hash) => {
  expect(xxhash32(Buffer.from(text))).toBe(hash);
});
