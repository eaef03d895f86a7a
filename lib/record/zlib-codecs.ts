/**
 * gzip and zstd, by node:zlib, which stops at the byte that passes the bound.
 *
 * As in Kafka's Java client, several gzip members or zstd frames end to end read as one. Bytes that belong to none are
 * refused.
 */
import { constants, gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { corrupt, expandsPast } from './corrupt.ts';

/** zstd frames of one batch: a writer makes one, and each costs a new decoder though it may take but 8 bytes. */
const MAX_ZSTD_FRAMES = 256;

const MIN_CHUNK_BYTES = 16 * 1024;
const MAX_CHUNK_BYTES = 256 * 1024;

export const gzip = (bytes: Uint8Array, level?: number): Uint8Array =>
  gzipSync(bytes, level === undefined ? {} : { level });

export const zstd = (bytes: Uint8Array, level?: number): Uint8Array =>
  zstdCompressSync(bytes, level === undefined ? {} : { params: { [constants.ZSTD_c_compressionLevel]: level } });

export function gunzip(bytes: Uint8Array, maxBytes: number): Uint8Array {
  const { output, bytesRead } = inflate(gunzipSync, bytes, maxBytes);
  if (bytesRead !== bytes.length) throw corrupt(`${bytes.length - bytesRead} bytes follow the gzip stream`);
  return output;
}

/** Frame by frame: node:zlib stops after the first. */
export function unzstd(bytes: Uint8Array, maxBytes: number): Uint8Array {
  const outputs: Uint8Array[] = [];
  let room = maxBytes;
  for (let at = 0; at < bytes.length || at === 0; ) {
    if (outputs.length === MAX_ZSTD_FRAMES) throw corrupt(`more than ${MAX_ZSTD_FRAMES} zstd frames in one batch`);
    const { output, bytesRead } = inflate(zstdDecompressSync, bytes.subarray(at), room);
    outputs.push(output);
    room -= output.length;
    at += bytesRead;
  }
  return outputs.length === 1 && outputs[0] ? outputs[0] : Buffer.concat(outputs);
}

interface InflateOptions {
  readonly info: true;
  readonly maxOutputLength: number;
  readonly chunkSize: number;
}

/** What node:zlib returns with `info: true`, which its types leave out. */
interface InflateResult {
  readonly buffer: Uint8Array;
  /** `bytesWritten` is the input that the decoder took. */
  readonly engine: { readonly bytesWritten: number };
}

type Inflater = (bytes: Uint8Array, options: InflateOptions) => unknown;

function inflate(inflater: Inflater, bytes: Uint8Array, maxBytes: number): { output: Uint8Array; bytesRead: number } {
  // A bound of 0 is out of node:zlib's range; the check below makes good the byte too many.
  const options = { info: true, maxOutputLength: Math.max(1, maxBytes), chunkSize: chunkSizeFor(bytes) } as const;
  let result: InflateResult;
  try {
    result = inflater(bytes, options) as InflateResult;
  } catch (error) {
    if (error instanceof RangeError) throw expandsPast(maxBytes);
    throw corrupt('the compressed records cannot be decompressed', error);
  }
  if (result.buffer.length > maxBytes) throw expandsPast(maxBytes);
  return { output: result.buffer, bytesRead: result.engine.bytesWritten };
}

/** A little batch wants a little buffer; a large one fewer calls. */
const chunkSizeFor = (bytes: Uint8Array): number =>
  Math.min(Math.max(4 * bytes.length, MIN_CHUNK_BYTES), MAX_CHUNK_BYTES);
