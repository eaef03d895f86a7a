/**
 * Which codec Millrace compresses with where nobody asked for one: the bytes, DynamoDB units and CPU of each, on real web
 * logs in batches as clients send them.
 *
 * An entry up to 8 KiB costs a write unit per KiB, a larger one a PUT and one unit; see `docs/adr/0003`. Runs alone, too:
 * `node test/bench/codecs.ts`.
 */
import { awsLogSettings } from '../../lib/log/deps.ts';
import { type CompressionCodec, compressionCodecs } from '../../lib/record/compression.ts';
import { decodeBatch } from '../../lib/record/decode-batch.ts';
import { encodeBatch } from '../../lib/record/encode-batch.ts';
import type { NewRecord } from '../../lib/record/record.ts';
import { prices } from './prices.ts';
import { codecHeader, codecLine } from './report/terminal.ts';
import { writeUnits } from './units.ts';
import { readWebLog } from './web-log.ts';

const BATCH_SIZES = [1, 10, 100, 1_000];

/** Key, attributes' names and numbers of an entry beside its batch, in bytes. */
const ENTRY_OVERHEAD_BYTES = 150;

export interface CodecRow {
  readonly batch: number;
  readonly codec: CompressionCodec;
  readonly bytesPerRecord: number;
  readonly dollarsPerMillionRecords: number;
  readonly encodeMicros: number;
  readonly decodeMicros: number;
}

export function benchCodecs(print: (line: string) => void): readonly CodecRow[] {
  print(codecHeader());
  return BATCH_SIZES.flatMap(size =>
    compressionCodecs.map(codec => {
      const row = measure(size, codec);
      print(codecLine(row));
      return row;
    }),
  );
}

function measure(batch: number, codec: CompressionCodec): CodecRow {
  const records = pageViews();
  const chunks = Array.from({ length: Math.floor(records.length / batch) }, (_, index) =>
    records.slice(index * batch, (index + 1) * batch),
  );
  const counted = chunks.length * batch;
  let encoded: Uint8Array[] = [];
  const encodeMs = fastest(() => {
    encoded = chunks.map(chunk => encodeBatch({ records: chunk, codec }));
  });
  const decodeMs = fastest(() => {
    for (const bytes of encoded) decodeBatch(bytes, { maxDecompressedBytes: 1 << 24 });
  });
  const bytes = encoded.reduce((sum, one) => sum + one.byteLength, 0);
  const dollars = encoded.reduce((sum, one) => sum + dollarsFor(one.byteLength), 0);
  return {
    batch,
    codec,
    bytesPerRecord: bytes / counted,
    dollarsPerMillionRecords: (dollars / counted) * 1e6,
    encodeMicros: (encodeMs * 1e3) / counted,
    decodeMicros: (decodeMs * 1e3) / counted,
  };
}

function dollarsFor(bytes: number): number {
  const { dynamoDb, s3 } = prices;
  if (bytes > awsLogSettings.inlineBytes) return s3.perPut + dynamoDb.perWriteUnit;
  return writeUnits(bytes + ENTRY_OVERHEAD_BYTES) * dynamoDb.perWriteUnit;
}

/** Milliseconds of the fastest of three runs. */
function fastest(run: () => void): number {
  const times = [1, 2, 3].map(() => {
    const since = performance.now();
    run();
    return performance.now() - since;
  });
  return Math.min(...times);
}

const pageViews = (): readonly NewRecord[] =>
  readWebLog().map((record, timestamp) => ({ ...record, timestamp, headers: [] }));

if (import.meta.main) benchCodecs(line => console.log(line));
