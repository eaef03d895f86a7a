/** Records with keys in a log, and what can be read of them. */
import type { LogReader } from '../../lib/log/log-reader.ts';
import type { TopicPartition } from '../../lib/log/topic-partition.ts';
import type { CompressionCodec } from '../../lib/record/compression.ts';
import { decodeBatch } from '../../lib/record/decode-batch.ts';
import { encodeBatch } from '../../lib/record/encode-batch.ts';
import { FAR } from './far-deadline.ts';
import type { TestWorker } from './memory-services.ts';
import { at as defaultAt } from './rolled-log.ts';

export interface KeyedRecord {
  readonly key: string | null;
  /** Null is a tombstone. */
  readonly value: string | null;
}

export interface PlacedRecord extends KeyedRecord {
  readonly offset: number;
}

export interface AppendKeyedOptions {
  readonly at?: TopicPartition;
  readonly codec?: CompressionCodec;
  readonly timestamp?: number;
}

/** Appends the records as one batch. */
export async function appendKeyed(
  { services }: TestWorker,
  records: readonly KeyedRecord[],
  { at = defaultAt, codec = 'none', timestamp = 1_000 }: AppendKeyedOptions = {},
): Promise<void> {
  const bytesOf = (text: string | null) => (text === null ? null : Buffer.from(text));
  const encoded = records.map(({ key, value }) => ({
    timestamp,
    key: bytesOf(key),
    value: bytesOf(value),
    headers: [],
  }));
  const batch = { bytes: encodeBatch({ records: encoded, codec }), count: records.length, maxTimestamp: timestamp };
  await services.logs.of(at).append({ batches: [batch], stampAppendTime: false }, FAR);
}

/** Every record from an offset to the end, a page of `maxBytes` at a time, and where the log ends. */
export async function readKeyed(
  reader: LogReader,
  from = 0,
  maxBytes = 1 << 20,
): Promise<{ readonly records: readonly PlacedRecord[]; readonly end: number }> {
  const records: PlacedRecord[] = [];
  for (let offset = from; ; ) {
    const { batches, nextOffset, highWatermark } = await reader.read({ offset, maxBytes });
    for (const { bytes } of batches) {
      for (const record of decodeBatch(bytes, { maxDecompressedBytes: 1 << 20 })) {
        const textOf = (part: Uint8Array | null) => part && Buffer.from(part).toString();
        if (record.offset < offset) continue;
        records.push({ offset: record.offset, key: textOf(record.key), value: textOf(record.value) });
      }
    }
    if (nextOffset <= offset && offset < highWatermark) throw new Error(`the reader is stuck at ${offset}`);
    offset = nextOffset;
    if (offset === highWatermark) return { records, end: offset };
  }
}

/** What a reader makes of the records: the last value of each key that has one. */
export function folded(records: readonly KeyedRecord[]): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const { key, value } of records) {
    if (key === null) continue;
    if (value === null) values.delete(key);
    else values.set(key, value);
  }
  return values;
}
