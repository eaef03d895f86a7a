/**
 * The compression codecs of a record batch: Kafka's five, by the number each has in a batch's attributes.
 *
 * Invariant: `decompress` never holds more than the bound it is given, and a constant more: what would pass it is refused
 * before memory grows.
 */
import { MillraceError } from '../protocol/errors.ts';
import { expandsPast } from './corrupt.ts';
import { compressLz4, decompressLz4 } from './lz4-frame.ts';
import { compressSnappy, decompressSnappy } from './snappy.ts';
import { gunzip, gzip, unzstd, zstd } from './zlib-codecs.ts';

/** In the order of their numbers. */
export const compressionCodecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

export type CompressionCodec = (typeof compressionCodecs)[number];

interface Implementation {
  readonly compress: (bytes: Uint8Array, level?: number) => Uint8Array;
  readonly decompress: (bytes: Uint8Array, maxBytes: number) => Uint8Array;
}

const implementations: Record<CompressionCodec, Implementation> = {
  none: { compress: bytes => bytes, decompress: bytes => bytes },
  gzip: { compress: gzip, decompress: gunzip },
  snappy: { compress: compressSnappy, decompress: decompressSnappy },
  lz4: { compress: compressLz4, decompress: decompressLz4 },
  zstd: { compress: zstd, decompress: unzstd },
};

/** The codec with Kafka's number `id`. */
export function codecFromId(id: number): CompressionCodec {
  const codec = compressionCodecs[id];
  if (codec === undefined) throw new MillraceError('UNSUPPORTED_COMPRESSION_TYPE', `no codec has the number ${id}`);
  return codec;
}

export const idOfCodec = (codec: CompressionCodec): number => compressionCodecs.indexOf(codec);

/** `level` is on the scale of gzip or zstd; snappy and lz4 have none. */
export const compress = (codec: CompressionCodec, bytes: Uint8Array, level?: number): Uint8Array =>
  implementations[codec].compress(bytes, level);

/**
 * With codec none, `bytes` itself.
 *
 * @throws MillraceError MESSAGE_TOO_LARGE if more than `maxBytes` would come out; CORRUPT_MESSAGE
 */
export function decompress(codec: CompressionCodec, bytes: Uint8Array, maxBytes: number): Uint8Array {
  if (bytes.length > maxBytes && codec === 'none') throw expandsPast(maxBytes);
  return implementations[codec].decompress(bytes, maxBytes);
}
