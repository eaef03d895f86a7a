/**
 * A log of every kind of record, rolled into segments, compacted or not, and the batches that it has to hold: for readers that are
 * not ours.
 *
 * Keys, values and header keys are plain letters, so that whatever prints them prints them alike.
 */

import { readPartitionState } from '../../lib/log/partition-state.ts';
import type { TopicPartition } from '../../lib/log/topic-partition.ts';
import { compactLog } from '../../lib/maintenance/compact-log.ts';
import { rollPartition } from '../../lib/maintenance/roll-partition.ts';
import { type CompressionCodec, compressionCodecs } from '../../lib/record/compression.ts';
import { encodeBatch } from '../../lib/record/encode-batch.ts';
import type { NewRecord, RecordHeader } from '../../lib/record/record.ts';
import { FAR } from '../support/far-deadline.ts';
import { memoryStores, type TestStores, type TestWorker } from '../support/memory-services.ts';

const TIME = 1_700_000_000_000;

/** Rolled at such a size, the log becomes several segments. */
const SEGMENT_BYTES = 1_024;

export interface WrittenRecord extends NewRecord {
  readonly offset: number;
}

export interface WrittenBatch {
  readonly baseOffset: number;
  /** Of the batch as it was sent: its last record may be gone. */
  readonly lastOffset: number;
  readonly codec: CompressionCodec;
  readonly timestampType: 'CreateTime' | 'LogAppendTime';
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly records: readonly WrittenRecord[];
}

/** As it is sent: where it will stand is not known yet. */
type SentBatch = Omit<WrittenBatch, 'baseOffset' | 'lastOffset' | 'records'> & {
  readonly records: readonly NewRecord[];
};

export interface SampleSegment {
  readonly baseOffset: number;
  readonly bytes: Uint8Array;
}

export interface SampleLog {
  readonly batches: readonly WrittenBatch[];
  readonly segments: readonly SampleSegment[];
}

export interface SampleOptions {
  readonly codec: CompressionCodec;
  readonly isCompacted: boolean;
}

export const samples: readonly SampleOptions[] = compressionCodecs.flatMap(codec =>
  [false, true].map(isCompacted => ({ codec, isCompacted })),
);

/** Where its segments are written to. */
export const folderOf = ({ codec, isCompacted }: SampleOptions): string => (isCompacted ? `${codec}-compacted` : codec);

/** Made anew every time, and always the same. */
export async function sampleLog({ codec, isCompacted }: SampleOptions): Promise<SampleLog> {
  const stores = memoryStores();
  const worker = stores.worker();
  const at = { topicId: 'sample', partition: 0 };
  const written: WrittenBatch[] = [];
  for (const batch of sampleBatches(codec)) written.push(await append(worker, at, batch));
  const config = { 'segment.bytes': String(SEGMENT_BYTES) };
  await rollPartition(worker.maintenance, at, { config, deadline: FAR, isForced: true });
  if (isCompacted) await compact(worker, at);
  const segments = await segmentsOf(stores, worker, at);
  return { batches: isCompacted ? compacted(written) : written, segments };
}

async function append({ services }: TestWorker, at: TopicPartition, batch: SentBatch): Promise<WrittenBatch> {
  const { baseOffset, appendTime } = await services.logs.of(at).append(appendOf(batch), FAR);
  const records = batch.records.map((record, index) => ({
    ...record,
    offset: baseOffset + index,
    timestamp: appendTime ?? record.timestamp,
  }));
  return { ...batch, baseOffset, lastOffset: baseOffset + records.length - 1, records };
}

async function compact({ maintenance }: TestWorker, at: TopicPartition): Promise<void> {
  const config = { 'cleanup.policy': 'compact', 'segment.bytes': String(SEGMENT_BYTES) };
  const { removed } = await compactLog(maintenance, at, { config, readConfig: async () => config, deadline: FAR });
  if (removed === 0) throw new Error('nothing was compacted');
}

/** What stays of the batches: of every key the last record, and what has no key. */
function compacted(written: readonly WrittenBatch[]): readonly WrittenBatch[] {
  const keyed = written.flatMap(({ records }) => records.map(({ key, offset }) => [textOf(key), offset] as const));
  const newest = new Map(keyed);
  const isKept = ({ key, offset }: WrittenRecord) => key === null || newest.get(textOf(key)) === offset;
  return written
    .map(batch => ({ ...batch, records: batch.records.filter(isKept) }))
    .filter(({ records }) => records.length > 0);
}

const textOf = (bytes: Uint8Array | null) => bytes && Buffer.from(bytes).toString();

/** Of those that have anything left. */
async function segmentsOf(
  { cluster, objects }: TestStores,
  { maintenance }: TestWorker,
  at: TopicPartition,
): Promise<readonly SampleSegment[]> {
  const { manifestKey } = await readPartitionState(cluster, at);
  const { segments } = await maintenance.manifests.read(manifestKey);
  const stored = segments.flatMap(({ baseOffset, objectKey }) => (objectKey ? [{ baseOffset, objectKey }] : []));
  return Promise.all(
    stored.map(async ({ baseOffset, objectKey }) => {
      const bytes = await objects.get(objectKey);
      if (!bytes) throw new Error(`there is no object ${objectKey}`);
      return { baseOffset, bytes };
    }),
  );
}

function appendOf({ codec, timestampType, producerId, producerEpoch, baseSequence, records }: SentBatch) {
  const isIdempotent = producerId >= 0;
  const fields = { producerId, producerEpoch, baseSequence };
  const bytes = encodeBatch({ records, codec, ...(isIdempotent && { producer: fields }) });
  const sequence = { producerId, epoch: producerEpoch, sequence: baseSequence };
  const maxTimestamp = Math.max(...records.map(({ timestamp }) => timestamp));
  const batch = { bytes, count: records.length, maxTimestamp, ...(isIdempotent && { producer: sequence }) };
  return { batches: [batch], stampAppendTime: timestampType === 'LogAppendTime' };
}

/** Compaction takes some whole, first ones and others, and of some the first, the last and the latest record. */
function sampleBatches(codec: CompressionCodec): readonly SentBatch[] {
  const sent = (records: readonly NewRecord[], fields: Partial<SentBatch> = {}): SentBatch => ({
    codec,
    timestampType: 'CreateTime',
    producerId: -1,
    producerEpoch: -1,
    baseSequence: -1,
    records,
    ...fields,
  });
  const producer = { producerId: 7, producerEpoch: 3 };
  return [
    sent([record({ key: 'alpha', value: 'one' })]),
    sent([record({}), record({ key: 'null-value' }), record({ value: 'null-key' }), record({ key: '', value: '' })]),
    sent([
      record({ value: 'a', headers: [header('h', 'x')] }),
      record({
        key: 'k',
        headers: [header('null', null), header('empty', ''), header('twice', '1'), header('twice', '2')],
      }),
    ]),
    sent([record({ key: 'k1', value: 'soon-superseded' })]),
    sent([record({ value: 'late', time: 5_000 }), record({ value: 'early', time: -5_000 })]),
    sent([record({ key: 'stamped', value: 'on-append' }), record({ key: 'k7', value: 'too' })], {
      timestampType: 'LogAppendTime',
    }),
    sent(many('first', 3), { ...producer, baseSequence: 0 }),
    sent(many('second', 200), { ...producer, baseSequence: 3 }),
    sent(many('long-'.repeat(40), 50)),
    sent(['alpha', 'k199', 'k5'].map(key => record({ key, ...(key !== 'k5' && { value: 'newest' }) }))),
    sent([record({ value: 'last', headers: [header('end', 'yes')] })], { ...producer, baseSequence: 203 }),
  ];
}

interface Texts {
  readonly key?: string;
  readonly value?: string;
  readonly headers?: readonly RecordHeader[];
  /** Milliseconds from a fixed one. */
  readonly time?: number;
}

/** What is not named is null. */
const record = ({ key, value, headers = [], time = 0 }: Texts): NewRecord => ({
  timestamp: TIME + time,
  key: bytesOf(key),
  value: bytesOf(value),
  headers,
});

const header = (key: string, value: string | null): RecordHeader => ({ key, value: bytesOf(value) });

const many = (text: string, count: number): readonly NewRecord[] =>
  Array.from({ length: count }, (_, index) => record({ key: `k${index}`, value: `${text}-${index}`, time: index }));

const bytesOf = (text: string | null | undefined) => (text == null ? null : new TextEncoder().encode(text));
