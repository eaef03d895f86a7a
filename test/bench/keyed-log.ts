/** A log of records with keys, the same whoever makes it, and what is the last of every key. */
import type { AppendBatch } from '../../lib/log/append-batch.ts';
import { deadlineIn } from '../../lib/log/deadline.ts';
import type { LogServices } from '../../lib/log/log-services.ts';
import type { TopicPartition } from '../../lib/log/topic-partition.ts';
import type { CompressionCodec } from '../../lib/record/compression.ts';
import { encodeBatch } from '../../lib/record/encode-batch.ts';

export interface KeyedShape {
  readonly records: number;
  readonly keys: number;
  /** Of a record's value. */
  readonly valueBytes: number;
  readonly codec: CompressionCodec;
}

export const keyedPartition: TopicPartition = { topicId: 'keyed'.padEnd(22, '-'), partition: 0 };

const BATCH_RECORDS = 500;

/** Of one append. */
const BATCHES_AT_ONCE = 16;

const WITHIN_MS = 60_000;

/** The key of each record, in order: any of them, and each at least once. */
export function* keysOf({ records, keys }: KeyedShape): Generator<number> {
  let state = 1;
  for (let record = 0; record < records; record++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    yield record < keys ? record : Math.floor((state / 2 ** 32) * keys);
  }
}

/** The offset of the last record of every key. */
export function lastOffsets(shape: KeyedShape): Float64Array {
  const last = new Float64Array(shape.keys);
  let offset = 0;
  for (const key of keysOf(shape)) last[key] = offset++;
  return last;
}

export const keyText = (key: number): string => `visitor-${key}`;

export async function fillKeyed(services: LogServices, shape: KeyedShape): Promise<void> {
  const log = services.logs.of(keyedPartition);
  let batches: AppendBatch[] = [];
  let records: { readonly key: number; readonly offset: number }[] = [];
  let offset = 0;
  const append = async () => {
    if (batches.length > 0)
      await log.append({ batches, stampAppendTime: false }, deadlineIn(services.clock, WITHIN_MS));
    batches = [];
  };
  const close = () => {
    if (records.length > 0) batches.push(batchOf(records, shape));
    records = [];
  };
  for (const key of keysOf(shape)) {
    records.push({ key, offset: offset++ });
    if (records.length === BATCH_RECORDS) close();
    if (batches.length === BATCHES_AT_ONCE) await append();
  }
  close();
  await append();
}

function batchOf(
  records: readonly { readonly key: number; readonly offset: number }[],
  { valueBytes, codec }: KeyedShape,
): AppendBatch {
  const timestamp = Date.now();
  const bytes = encodeBatch({
    records: records.map(({ key, offset }) => ({
      timestamp,
      key: Buffer.from(keyText(key)),
      value: Buffer.from(valueAt(offset, valueBytes)),
      headers: [],
    })),
    codec,
  });
  return { bytes, count: records.length, maxTimestamp: timestamp };
}

/** Names the record, and is of so many bytes that no codec makes much of. */
function valueAt(offset: number, bytes: number): string {
  let text = `${offset} `;
  for (let state = offset + 1; text.length < bytes; ) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    text += state.toString(36);
  }
  return text.slice(0, bytes);
}
