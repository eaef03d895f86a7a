/**
 * Batches that Kafka's own code made: `MemoryRecords.withRecords` and `DefaultRecordBatch.writeEmptyHeader` of kafka-clients
 * 4.3.1, in base64.
 */
import { describe, expect, it } from 'vitest';
import { checkBatch } from '../../lib/record/check-batch.ts';
import { type CompressionCodec, compressionCodecs } from '../../lib/record/compression.ts';
import { decodeBatch } from '../../lib/record/decode-batch.ts';
import { emptyBatch } from '../../lib/record/empty-batch.ts';
import { encodeBatch } from '../../lib/record/encode-batch.ts';
import { atOffsets, recordOf } from './record-arbitrary.ts';

const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const options = { maxDecompressedBytes: 1_000 };
const baseOffset = 2 ** 32;
const producer = { producerId: 4_000, producerEpoch: 2, baseSequence: 7 };

const records = [
  recordOf({
    timestamp: 1_700_000_000_000,
    key: bytes('key'),
    value: bytes('value'),
    headers: [
      { key: 'a', value: bytes('x') },
      { key: 'é', value: null },
    ],
  }),
  recordOf({ timestamp: 1_699_999_999_000, value: bytes('hello hello hello hello hello hello hello hello') }),
  recordOf({ timestamp: 1_700_000_005_000, key: bytes('gone') }),
  recordOf({ timestamp: 1_700_000_000_001, key: bytes(''), value: bytes('') }),
];

const javaBatches: Record<CompressionCodec, string> = {
  none:
    'AAAAAQAAAAAAAACSAAAAAALATfHRAAAAAAADAAABi8/laAAAAAGLz+V7iAAAAAAAAA+gAAIAAAAHAAAABCwAAAAGa2V5CnZhbHVlBAJhAngEw6' +
    'kBbADPDwIBXmhlbGxvIGhlbGxvIGhlbGxvIGhlbGxvIGhlbGxvIGhlbGxvIGhlbGxvIGhlbGxvABYAkE4ECGdvbmUBAAwAAgYAAAA=',
  gzip:
    'AAAAAQAAAAAAAAB+AAAAAAJWdJQAAAEAAAADAAABi8/laAAAAAGLz+V7iAAAAAAAAA+gAAIAAAAHAAAABB+LCAAAAAAAAP/TYWBgYMtOreQqS8' +
    'wpTWVhSmSqYDm8kjGH4Tw/E2NcRmpOTr4C0SSDGMMEPxaO9Py8VEYGHgYmNqDhAJnUfcVhAAAA',
  snappy:
    'AAAAAQAAAAAAAACEAAAAAAITs8xGAAIAAAADAAABi8/laAAAAAGLz+V7iAAAAAAAAA+gAAIAAAAHAAAABIJTTkFQUFkAAAAAAQAAAAEAAAA/YZ' +
    'AsAAAABmtleQp2YWx1ZQQCYQJ4BMOpAWwAzw8CAV5oZWxsbyBongYATAAWAJBOBAhnb25lAQAMAAIGAAAA',
  lz4:
    'AAAAAQAAAAAAAAB/AAAAAAIp29GPAAMAAAADAAABi8/laAAAAAGLz+V7iAAAAAAAAA+gAAIAAAAHAAAABAQiTRhgQII/AAAA/xUsAAAABmtleQ' +
    'p2YWx1ZQQCYQJ4BMOpAWwAzw8CAV5oZWxsbyAGABbwBQAWAJBOBAhnb25lAQAMAAIGAAAAAAAAAA==',
  zstd:
    'AAAAAQAAAAAAAAB9AAAAAAIb493UAAQAAAADAAABi8/laAAAAAGLz+V7iAAAAAAAAA+gAAIAAAAHAAAABCi1L/0AWAQCAIQDLAAAAAZrZXkKdm' +
    'FsdWUEAmECeATDqQFsAM8PAgFeaGVsbG8gABYAkE4ECGdvbmUBAAwAAgYAAAABABSoPAEBAAA=',
};

const javaEmptyBatch = 'AAAAAQAAAAAAAAAxAAAAAAKO/ZIMAAAAAAAD//////////8AAAGLz+V7iAAAAAAAAA+gAAIAAAAHAAAAAA==';

/** Timestamps whose deltas take more than 32 bits, in both directions. */
const farTimestamps = [8_640_000_000_000_000, -1, 4_294_967_296, 0, 8_639_999_999_999_999];
const javaFarTimestamps =
  'AAAAAAAAAAAAAABpAAAAAAKZ0sLMAAAAAAAEAB6yCMLcAAAAHrIIwtwAAP//////////////////AAAABQwAAAABAQAaAIGA4K2YgtkeAgEBAB' +
  'oA///frfiB2R4EAQEAGgD//9+tmILZHgYBAQAMAAEIAQEA';

describe("a batch of Kafka's Java client", () => {
  it.each(compressionCodecs)('is read, compressed with %s', codec => {
    const batch = Buffer.from(javaBatches[codec], 'base64');
    expect(checkBatch(batch, options)).toMatchObject({ codec, baseOffset, ...producer });
    expect(decodeBatch(batch, options)).toEqual(atOffsets(records, baseOffset));
  });

  it.each(['none', 'lz4'] as const)('is byte for byte what we write, compressed with %s', codec => {
    const ours = encodeBatch({ records, codec, baseOffset, producer });
    expect(Buffer.from(ours).toString('base64')).toBe(javaBatches[codec]);
  });

  it('is byte for byte what we write with timestamps far apart', () => {
    const ours = encodeBatch({ records: farTimestamps.map(timestamp => recordOf({ timestamp })), codec: 'none' });
    expect(Buffer.from(ours).toString('base64')).toBe(javaFarTimestamps);
    expect(decodeBatch(ours, options).map(({ timestamp }) => timestamp)).toEqual(farTimestamps);
  });
});

it("an emptied batch is byte for byte that of Kafka's cleaner", () => {
  const ours = emptyBatch({ baseOffset, lastOffset: baseOffset + 3, producer, maxTimestamp: 1_700_000_005_000 });
  expect(Buffer.from(ours).toString('base64')).toBe(javaEmptyBatch);
  expect(decodeBatch(ours, options)).toEqual([]);
});
