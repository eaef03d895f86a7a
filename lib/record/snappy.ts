/**
 * snappy as Kafka's Java client writes it: the frames of the xerial library, whose header
 *
 *   magic 0x82 "SNAPPY" 0, version i32, oldest compatible version i32     (big-endian, both 1)
 *
 * goes before chunks, each an i32 length and a block. librdkafka and others write one bare block: both are read. The magic
 * cannot begin a block: its third byte would copy what there is not.
 */
import { ByteOutput } from './byte-output.ts';
import { corrupt, expandsPast } from './corrupt.ts';
import { MAX_BLOCK_BYTES } from './lz77.ts';
import { compressSnappyBlock, decompressSnappyBlock, maxSnappyBlockSize, readSnappyLength } from './snappy-block.ts';

const MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const VERSION = 1;
const HEADER_BYTES = MAGIC.length + 8;
const LENGTH_BYTES = 4;

export function compressSnappy(input: Uint8Array): Uint8Array {
  const blocks = Math.ceil(input.length / MAX_BLOCK_BYTES);
  const chunkSize = LENGTH_BYTES + maxSnappyBlockSize(Math.min(input.length, MAX_BLOCK_BYTES));
  const output = new ByteOutput(HEADER_BYTES + blocks * chunkSize);
  output.append(MAGIC, 0, MAGIC.length);
  pushInt32(output, VERSION);
  pushInt32(output, VERSION);
  for (let start = 0; start < input.length; start += MAX_BLOCK_BYTES) {
    const lengthAt = output.reserve(LENGTH_BYTES);
    const blockStart = output.length;
    compressSnappyBlock(input, start, Math.min(start + MAX_BLOCK_BYTES, input.length), output);
    output.bytes.writeInt32BE(output.length - blockStart, lengthAt);
  }
  return output.written;
}

const pushInt32 = (output: ByteOutput, value: number): void => {
  output.bytes.writeInt32BE(value, output.reserve(LENGTH_BYTES));
};

/** The blocks' stated lengths are summed first, so that the output is allocated once and in size. */
export function decompressSnappy(bytes: Uint8Array, maxBytes: number): Uint8Array {
  const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let size = 0;
  for (const block of blocksOf(input)) {
    size += readSnappyLength(block);
    if (size > maxBytes) throw expandsPast(maxBytes);
  }
  const output = new ByteOutput(size);
  for (const block of blocksOf(input)) decompressSnappyBlock(block, output);
  return output.written;
}

/** The blocks in order. As in Kafka's Java client, xerial streams may follow each other, header and all. */
function* blocksOf(input: Buffer): Generator<Buffer> {
  if (!beginsStream(input, 0)) {
    yield input;
    return;
  }
  for (let at = 0; at < input.length; ) {
    if (beginsStream(input, at)) {
      at += HEADER_BYTES;
      continue;
    }
    const start = at + LENGTH_BYTES;
    const end = start + (start <= input.length ? input.readInt32BE(at) : 0);
    if (end <= start || end > input.length)
      throw corrupt(`a snappy chunk from ${start} to ${end} of ${input.length} bytes`);
    yield input.subarray(start, end);
    at = end;
  }
}

function beginsStream(input: Buffer, at: number): boolean {
  if (!MAGIC.equals(input.subarray(at, at + MAGIC.length))) return false;
  if (input.length < at + HEADER_BYTES) throw corrupt('a snappy stream ends in its header');
  const compatible = input.readInt32BE(at + HEADER_BYTES - 4);
  if (compatible > VERSION) throw corrupt(`a snappy stream for readers of version ${compatible}`);
  return true;
}
