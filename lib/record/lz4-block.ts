/**
 * lz4's block format, a row of sequences:
 *
 *   token            high four bits: how many literals; low four: length of the copy, less 4
 *   255* n           if the token says 15 literals: how many more
 *   literals
 *   distance u16     little-endian
 *   255* n           if the token says 15: how much longer the copy is
 *
 * The last sequence ends after its literals.
 */
import type { ByteOutput } from './byte-output.ts';
import { corrupt } from './corrupt.ts';
import { findMatches, MIN_MATCH } from './lz77.ts';

/** The length that a token cannot hold. */
const LONG = 15;

/** The most that `size` bytes take as a block. */
export const maxLz4BlockSize = (size: number): number => size + Math.ceil(size / 255) + 16;

/** Appends the bytes from `start` to before `end`, as one block. */
export function compressLz4Block(input: Uint8Array, start: number, end: number, output: ByteOutput): void {
  let literals = start;
  findMatches(input, start, end, (at, distance, length) => {
    const more = length - MIN_MATCH;
    output.push((Math.min(at - literals, LONG) << 4) | Math.min(more, LONG));
    pushRest(output, at - literals);
    output.append(input, literals, at);
    output.push(distance & 0xff);
    output.push(distance >>> 8);
    pushRest(output, more);
    literals = at + length;
  });
  output.push(Math.min(end - literals, LONG) << 4);
  pushRest(output, end - literals);
  output.append(input, literals, end);
}

function pushRest(output: ByteOutput, length: number): void {
  if (length < LONG) return;
  let rest = length - LONG;
  for (; rest >= 255; rest -= 255) output.push(255);
  output.push(rest);
}

/** How long the block decompressed is; nothing is written. */
export function measureLz4Block(block: Uint8Array): number {
  const reader = new SequenceReader(block);
  let size = 0;
  while (reader.next()) size += reader.literalsLength + reader.copyLength;
  return size;
}

/** Appends the block, decompressed. */
export function decompressLz4Block(block: Uint8Array, output: ByteOutput): void {
  const reader = new SequenceReader(block);
  while (reader.next()) {
    output.append(block, reader.literalsStart, reader.literalsStart + reader.literalsLength);
    if (reader.copyLength > 0) output.repeat(reader.distance, reader.copyLength);
  }
}

/** Steps through the sequences of a block. Lengths are bounded by the block: each byte adds 255 at the most. */
class SequenceReader {
  literalsStart = 0;
  literalsLength = 0;
  distance = 0;
  /** 0 in the last sequence. */
  copyLength = 0;
  #at = 0;
  readonly #block: Uint8Array;

  constructor(block: Uint8Array) {
    this.#block = block;
  }

  /** Reads a sequence; false at the end of the block. */
  next(): boolean {
    if (this.#at === this.#block.length) return false;
    const token = this.#byte();
    this.literalsLength = this.#length(token >>> 4);
    this.literalsStart = this.#at;
    this.#at += this.literalsLength;
    if (this.#at === this.#block.length) {
      this.copyLength = 0;
      return true;
    }
    this.distance = this.#byte() | (this.#byte() << 8);
    this.copyLength = MIN_MATCH + this.#length(token & LONG);
    return true;
  }

  #length(short: number): number {
    let length = short;
    if (short < LONG) return length;
    for (let byte = 255; byte === 255; length += byte) byte = this.#byte();
    return length;
  }

  #byte(): number {
    const byte = this.#block[this.#at++];
    if (byte === undefined) throw corrupt('an lz4 block ends in the middle of a sequence');
    return byte;
  }
}
