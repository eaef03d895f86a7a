/**
 * snappy's block format: how long the block is decompressed, as an unsigned varint, then elements, told by the low two bits of
 * their tags:
 *
 *   00  literals, their number less 1 in the other six bits; 60 to 63 there mean that 1 to 4 bytes hold it
 *   01  a copy of 4 to 11 bytes (bits 2-4), its distance in bits 5-7 and a byte
 *   10  a copy of 1 to 64 bytes (the other six bits), its distance in two bytes
 *   11  the same, its distance in four bytes
 *
 * Integers are little-endian.
 */
import type { ByteOutput } from './byte-output.ts';
import { corrupt } from './corrupt.ts';
import { findMatches, MIN_MATCH } from './lz77.ts';

const SHORT_COPY = 1;
const COPY = 2;
const MAX_INLINE_LITERALS = 60;
const MAX_COPY = 64;
const MAX_SHORT_COPY = 11;
const MAX_SHORT_DISTANCE = 2 ** 11 - 1;

/** No element becomes more than so many times its bytes: a copy of 64 takes three of them. */
const MAX_EXPANSION = 22;

/** The most that `size` bytes take as a block: themselves, and at times a tag more than the copies save. */
export const maxSnappyBlockSize = (size: number): number => size + Math.ceil(size / 32) + 16;

/** Appends the bytes from `start` to before `end`, as one block. */
export function compressSnappyBlock(input: Uint8Array, start: number, end: number, output: ByteOutput): void {
  pushLength(output, end - start);
  let literals = start;
  findMatches(input, start, end, (at, distance, length) => {
    pushLiterals(output, input, literals, at);
    pushCopies(output, distance, length);
    literals = at + length;
  });
  pushLiterals(output, input, literals, end);
}

function pushLength(output: ByteOutput, length: number): void {
  let rest = length;
  for (; rest > 0x7f; rest >>>= 7) output.push((rest & 0x7f) | 0x80);
  output.push(rest);
}

/** At most a block of them, so that their number less 1 fits in two bytes. */
function pushLiterals(output: ByteOutput, input: Uint8Array, start: number, end: number): void {
  if (start === end) return;
  const stated = end - start - 1;
  if (stated < MAX_INLINE_LITERALS) output.push(stated << 2);
  else {
    output.push((stated <= 0xff ? 60 : 61) << 2);
    output.push(stated & 0xff);
    if (stated > 0xff) output.push(stated >>> 8);
  }
  output.append(input, start, end);
}

function pushCopies(output: ByteOutput, distance: number, length: number): void {
  let rest = length;
  for (; rest >= MAX_COPY + MIN_MATCH; rest -= MAX_COPY) pushCopy(output, distance, MAX_COPY);
  if (rest > MAX_COPY) {
    // What is left after this one is long enough to be a copy.
    pushCopy(output, distance, MAX_COPY - MIN_MATCH);
    rest -= MAX_COPY - MIN_MATCH;
  }
  pushCopy(output, distance, rest);
}

function pushCopy(output: ByteOutput, distance: number, length: number): void {
  if (length <= MAX_SHORT_COPY && distance <= MAX_SHORT_DISTANCE) {
    output.push(((distance >>> 8) << 5) | ((length - MIN_MATCH) << 2) | SHORT_COPY);
    output.push(distance & 0xff);
    return;
  }
  output.push(((length - 1) << 2) | COPY);
  output.push(distance & 0xff);
  output.push(distance >>> 8);
}

/** How long the block says it is decompressed, if it is long enough itself to become that. */
export function readSnappyLength(block: Uint8Array): number {
  const { length } = readLength(block);
  if (length > block.length * MAX_EXPANSION) throw corrupt(`a snappy block of ${block.length} bytes states ${length}`);
  return length;
}

function readLength(block: Uint8Array): { length: number; end: number } {
  let length = 0;
  for (let at = 0; at < 5; at++) {
    const byte = block[at] ?? 0x80;
    length += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 0x80) return { length, end: at + 1 };
  }
  throw corrupt('a snappy block does not begin with a length');
}

/** Appends the block, decompressed. */
export function decompressSnappyBlock(block: Uint8Array, output: ByteOutput): void {
  const { length, end } = readLength(block);
  output.windowStart = output.length;
  const outputEnd = output.length + length;
  for (let at = end; at < block.length; ) at = readElement(block, at, output);
  if (output.length !== outputEnd)
    throw corrupt(`a snappy block states ${length} bytes and holds ${output.length - output.windowStart}`);
}

/** Appends what the element at `at` stands for; returns where the next one begins. */
function readElement(block: Uint8Array, at: number, output: ByteOutput): number {
  const tag = block[at] as number;
  const high = tag >>> 2;
  switch (tag & 0b11) {
    case 0: {
      const lengthBytes = Math.max(0, high - (MAX_INLINE_LITERALS - 1));
      const start = at + 1 + lengthBytes;
      const length = 1 + (lengthBytes > 0 ? readInteger(block, at + 1, lengthBytes) : high);
      output.append(block, start, start + length);
      return start + length;
    }
    case SHORT_COPY:
      output.repeat(((tag >>> 5) << 8) | readInteger(block, at + 1, 1), MIN_MATCH + (high & 0b111));
      return at + 2;
    case COPY:
      output.repeat(readInteger(block, at + 1, 2), high + 1);
      return at + 3;
    default:
      output.repeat(readInteger(block, at + 1, 4), high + 1);
      return at + 5;
  }
}

/** Reads `size` bytes, the lowest first. */
function readInteger(block: Uint8Array, at: number, size: number): number {
  let integer = 0;
  for (let read = 0; read < size; read++) {
    const byte = block[at + read];
    if (byte === undefined) throw corrupt('a snappy block ends in the middle of an element');
    integer += byte * 2 ** (8 * read);
  }
  return integer;
}
