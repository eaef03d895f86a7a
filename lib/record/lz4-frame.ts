/**
 * lz4's frame format, which Kafka's clients write. Little-endian:
 *
 *   magic 0x184d2204, flags u8, block descriptor u8, [content size u64], header checksum u8
 *   any number of: block size u32 (its high bit: not compressed), block, [block checksum u32]
 *   0 u32, [content checksum u32]
 *
 * Flags: bits 7-6 version 01, 5 independent blocks, 4 block checksums, 3 content size, 2 content checksum, 0 dictionary. The
 * block descriptor's bits 6-4 say the most that a block holds: 4 to 7 for 64 KiB, 256 KiB, 1 MiB, 4 MiB. Checksums are xxHash-32,
 * the header's only its second byte.
 *
 * Written as by Kafka's Java client: independent blocks of 64 KiB, no checksum but the header's. Read: any frame without a
 * dictionary. Blocks are measured before they are decompressed, so that the output is allocated once and in size.
 */
import { ByteOutput } from './byte-output.ts';
import { corrupt, expandsPast } from './corrupt.ts';
import { compressLz4Block, decompressLz4Block, maxLz4BlockSize, measureLz4Block } from './lz4-block.ts';
import { MAX_BLOCK_BYTES } from './lz77.ts';
import { xxhash32 } from './xxhash32.ts';

const MAGIC = 0x184d2204;
const flag = {
  version: 0b01 << 6,
  versionMask: 0b11 << 6,
  independentBlocks: 1 << 5,
  blockChecksums: 1 << 4,
  contentSize: 1 << 3,
  contentChecksum: 1 << 2,
  reservedOrDictionary: 0b11,
} as const;
const BLOCKS_OF_64_KIB = 4 << 4;
const NOT_COMPRESSED = 2 ** 31;

const MAGIC_BYTES = 4;
/** Without a content size. */
const HEADER_BYTES = MAGIC_BYTES + 3;
const CONTENT_SIZE_BYTES = 8;
const SIZE_BYTES = 4;
const CHECKSUM_BYTES = 4;

export function compressLz4(input: Uint8Array): Uint8Array {
  const blocks = Math.ceil(input.length / MAX_BLOCK_BYTES);
  const blockSize = SIZE_BYTES + maxLz4BlockSize(Math.min(input.length, MAX_BLOCK_BYTES));
  const output = new ByteOutput(HEADER_BYTES + blocks * blockSize + SIZE_BYTES);
  pushUint32(output, MAGIC);
  output.push(flag.version | flag.independentBlocks);
  output.push(BLOCKS_OF_64_KIB);
  output.push(headerChecksum(output.written));
  for (let start = 0; start < input.length; start += MAX_BLOCK_BYTES) {
    pushBlock(output, input, start, Math.min(start + MAX_BLOCK_BYTES, input.length));
  }
  pushUint32(output, 0);
  return output.written;
}

/** A block as it is if it does not compress. */
function pushBlock(output: ByteOutput, input: Uint8Array, start: number, end: number): void {
  const sizeAt = output.reserve(SIZE_BYTES);
  const blockStart = output.length;
  compressLz4Block(input, start, end, output);
  let size = output.length - blockStart;
  if (size >= end - start) {
    output.length = blockStart;
    output.append(input, start, end);
    size = NOT_COMPRESSED + end - start;
  }
  output.bytes.writeUInt32LE(size, sizeAt);
}

const pushUint32 = (output: ByteOutput, value: number): void => {
  output.bytes.writeUInt32LE(value, output.reserve(SIZE_BYTES));
};

export function decompressLz4(input: Uint8Array, maxBytes: number): Uint8Array {
  const frame = openFrame(input);
  let size = 0;
  for (const block of blocksOf(frame)) {
    size += decompressedSize(block, frame.maxBlockBytes);
    if (size > maxBytes) throw expandsPast(maxBytes);
  }
  if (frame.contentSize !== undefined && frame.contentSize !== BigInt(size))
    throw corrupt(`an lz4 frame states ${frame.contentSize} bytes and holds ${size}`);
  const output = new ByteOutput(size);
  for (const block of blocksOf(frame)) {
    if (frame.flags & flag.independentBlocks) output.windowStart = output.length;
    if (block.isCompressed) decompressLz4Block(block.bytes, output);
    else output.append(block.bytes, 0, block.bytes.length);
  }
  if (frame.flags & flag.contentChecksum)
    expectChecksum(output.written, frame.input.readUInt32LE(frame.input.length - CHECKSUM_BYTES));
  return output.written;
}

interface Frame {
  readonly input: Buffer;
  readonly flags: number;
  readonly maxBlockBytes: number;
  readonly contentSize: bigint | undefined;
  /** Where the first block's size is. */
  readonly blocksStart: number;
}

interface Block {
  readonly bytes: Buffer;
  readonly isCompressed: boolean;
}

function openFrame(bytes: Uint8Array): Frame {
  const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  expectBytes(input, HEADER_BYTES);
  if (input.readUInt32LE(0) !== MAGIC) throw corrupt('the records do not begin as an lz4 frame');
  const flags = input.readUInt8(MAGIC_BYTES);
  if ((flags & flag.versionMask) !== flag.version || flags & flag.reservedOrDictionary)
    throw corrupt(`lz4 flags 0x${flags.toString(16)}; only version 1 without a dictionary is understood`);
  const blocksStart = HEADER_BYTES + (flags & flag.contentSize ? CONTENT_SIZE_BYTES : 0);
  expectBytes(input, blocksStart);
  if (headerChecksum(input.subarray(0, blocksStart - 1)) !== input.readUInt8(blocksStart - 1))
    throw corrupt('the header of an lz4 frame does not match its checksum');
  const contentSize = flags & flag.contentSize ? input.readBigUInt64LE(HEADER_BYTES - 1) : undefined;
  return { input, flags, maxBlockBytes: maxBlockBytesOf(input.readUInt8(MAGIC_BYTES + 1)), contentSize, blocksStart };
}

function maxBlockBytesOf(descriptor: number): number {
  const code = (descriptor >>> 4) & 0b111;
  if (code < 4) throw corrupt(`lz4 block descriptor 0x${descriptor.toString(16)}`);
  return 2 ** (8 + 2 * code);
}

/** The frame's blocks in order, their checksums checked; the frame has to end where the input ends. */
function* blocksOf({ input, flags, blocksStart }: Frame): Generator<Block> {
  const checksumBytes = flags & flag.blockChecksums ? CHECKSUM_BYTES : 0;
  let at = blocksStart;
  for (let stated = readSize(input, at); stated !== 0; stated = readSize(input, at)) {
    const start = at + SIZE_BYTES;
    const end = start + (stated % NOT_COMPRESSED);
    at = end + checksumBytes;
    expectBytes(input, at);
    const bytes = input.subarray(start, end);
    if (checksumBytes > 0) expectChecksum(bytes, input.readUInt32LE(end));
    yield { bytes, isCompressed: stated < NOT_COMPRESSED };
  }
  const end = at + SIZE_BYTES + (flags & flag.contentChecksum ? CHECKSUM_BYTES : 0);
  if (end !== input.length) throw corrupt(`an lz4 frame ends at ${end}, and the records at ${input.length}`);
}

function readSize(input: Buffer, at: number): number {
  expectBytes(input, at + SIZE_BYTES);
  return input.readUInt32LE(at);
}

function decompressedSize({ bytes, isCompressed }: Block, maxBlockBytes: number): number {
  const size = isCompressed ? measureLz4Block(bytes) : bytes.length;
  if (size > maxBlockBytes) throw corrupt(`an lz4 block of ${size} bytes in a frame of blocks of ${maxBlockBytes}`);
  return size;
}

function expectBytes(input: Buffer, size: number): void {
  if (input.length < size) throw corrupt(`an lz4 frame of ${size} bytes at least in ${input.length}`);
}

function expectChecksum(bytes: Uint8Array, stated: number): void {
  if (xxhash32(bytes) !== stated) throw corrupt('lz4 content does not match its checksum');
}

const headerChecksum = (header: Uint8Array): number => (xxhash32(header.subarray(MAGIC_BYTES)) >>> 8) & 0xff;
