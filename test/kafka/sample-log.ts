/**
 * A log of every kind of record, rolled into segments, and the batches that were written: for readers that are not ours.
 *
 * Keys, values and header keys are plain letters, so that whatever prints them prints them alike.
 */

import { readPartitionState } from '../../lib/log/partition-state.ts';
import type { LogSegment } from '../../lib/log/segment.ts';
import { rollPartition } from '../../lib/maintenance/roll-partition.ts';
import type { CompressionCodec } from '../../lib/record/compression.ts';
import { encodeBatch } from '../../lib/record/encode-batch.ts';
import type { NewRecord, RecordHeader } from '../../lib/record/record.ts';
import { FAR } from '../support/far-deadline.ts';
import { memoryStores, type TestStores } from '../support/memory-services.ts';

const TIME = 1_700_000_000_000;

/** Rolled at such a size, the log becomes several segments. */
const SEGMENT_BYTES = 1_024;

export interface WrittenBatch {
  readonly baseOffset: number;
  readonly codec: CompressionCodec;
  readonly timestampType: 'CreateTime' | 'LogAppendTime';
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly records: readonly NewRecord[];
}

export interface SampleSegment {
  readonly baseOffset: number;
  readonly bytes: Uint8Array;
}

export interface SampleLog {
  readonly batches: readonly WrittenBatch[];
  readonly segments: readonly SampleSegment[];
}

/** Made anew every time, and always the same. */
export async function sampleLog(codec: CompressionCodec): Promise<SampleLog> {
  const stores = memoryStores();
  const { services, maintenance } = stores.worker();
  const at = { topicId: 'sample', partition: 0 };
  const batches: WrittenBatch[] = [];
  for (const batch of sampleBatches(codec)) {
    const { baseOffset, appendTime } = await services.logs.of(at).append(appendOf(batch), FAR);
    const stamped = batch.records.map(record => ({ ...record, timestamp: appendTime ?? record.timestamp }));
    batches.push({ ...batch, baseOffset, records: stamped });
  }
  const config = { 'segment.bytes': String(SEGMENT_BYTES) };
  await rollPartition(maintenance, at, { config, deadline: FAR, isForced: true });
  const { manifestKey } = await readPartitionState(stores.cluster, at);
  const { segments } = await maintenance.manifests.read(manifestKey);
  return { batches, segments: await Promise.all(segments.map(segment => download(stores, segment))) };
}

async function download(
  { objects }: TestStores,
  { objectKey = '', baseOffset }: Pick<LogSegment, 'objectKey' | 'baseOffset'>,
): Promise<SampleSegment> {
  const bytes = await objects.get(objectKey);
  if (!bytes) throw new Error(`there is no object ${objectKey}`);
  return { baseOffset, bytes };
}

function appendOf({ codec, timestampType, producerId, producerEpoch, baseSequence, records }: WrittenBatch) {
  const isIdempotent = producerId >= 0;
  const fields = { producerId, producerEpoch, baseSequence };
  const bytes = encodeBatch({ records, codec, ...(isIdempotent && { producer: fields }) });
  const sequence = { producerId, epoch: producerEpoch, sequence: baseSequence };
  const maxTimestamp = Math.max(...records.map(({ timestamp }) => timestamp));
  const batch = { bytes, count: records.length, maxTimestamp, ...(isIdempotent && { producer: sequence }) };
  return { batches: [batch], stampAppendTime: timestampType === 'LogAppendTime' };
}

/** As they are sent: their base offsets and append times are not known yet. */
function sampleBatches(codec: CompressionCodec): readonly WrittenBatch[] {
  const sent = (records: readonly NewRecord[], fields: Partial<WrittenBatch> = {}): WrittenBatch => ({
    baseOffset: 0,
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
    sent([record({ value: 'late', time: 5_000 }), record({ value: 'early', time: -5_000 })]),
    sent([record({ key: 'stamped', value: 'on-append' })], { timestampType: 'LogAppendTime' }),
    sent(many('first', 3), { ...producer, baseSequence: 0 }),
    sent(many('second', 200), { ...producer, baseSequence: 3 }),
    sent(many('long-'.repeat(40), 50)),
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
