/**
 * From records to record batches: as few as `max.message.bytes` allows, in the topic's codec.
 */
import type { AppendBatch, ProducerSequence } from '../log/append-batch.ts';
import { MillraceError } from '../protocol/errors.ts';
import { configValue, type TopicConfigOverrides } from '../protocol/topic-config.ts';
import { batchOverheadInBytes } from '../record/batch-header.ts';
import type { CompressionCodec } from '../record/compression.ts';
import { encodeBatch } from '../record/encode-batch.ts';
import { placeRecord, recordSizeInBytes, sizeOfRecord } from '../record/encode-record.ts';
import type { NewRecord } from '../record/record.ts';

/** Below so many bytes compression saves no write unit. */
const COMPRESS_FROM_BYTES = 1_024;

/** Consecutive records that fit one batch. */
export interface BatchPlan {
  readonly records: readonly NewRecord[];
  readonly sizeInBytes: number;
}

/** Why a record fits no batch of the topic, or `undefined` when it does. */
export function checkSize(record: NewRecord, config: TopicConfigOverrides): MillraceError | undefined {
  const sizeInBytes = batchOverheadInBytes + sizeOfRecord(placeRecord(record, 0, 0));
  const max = maxMessageBytes(config);
  if (sizeInBytes <= max) return undefined;
  return new MillraceError(
    'MESSAGE_TOO_LARGE',
    `a record of ${sizeInBytes} bytes with its batch, max.message.bytes is ${max}`,
  );
}

/** Splits records that each fit a batch into as few as hold them, in order; sizes are counted before compression. */
export function planBatches(records: readonly NewRecord[], config: TopicConfigOverrides): BatchPlan[] {
  const max = maxMessageBytes(config);
  const plans: { records: NewRecord[]; sizeInBytes: number }[] = [];
  for (const record of records) {
    const size = recordSizeInBytes(record);
    const last = plans.at(-1);
    if (last && last.sizeInBytes + size <= max) {
      last.records.push(record);
      last.sizeInBytes += size;
    } else {
      plans.push({ records: [record], sizeInBytes: batchOverheadInBytes + size });
    }
  }
  return plans;
}

interface MakeBatchParams {
  readonly plan: BatchPlan;
  readonly config: TopicConfigOverrides;
  /** What `compression.type=producer` means: the producer is Millrace. */
  readonly defaultCodec: CompressionCodec;
  readonly producer?: ProducerSequence | undefined;
}

export function makeBatch({ plan, config, defaultCodec, producer }: MakeBatchParams): AppendBatch {
  const { records, sizeInBytes } = plan;
  const codec = sizeInBytes < COMPRESS_FROM_BYTES ? 'none' : codecOf(config, defaultCodec);
  const fields = producer && {
    producer: { producerId: producer.producerId, producerEpoch: producer.epoch, baseSequence: producer.sequence },
  };
  return {
    bytes: encodeBatch({ records, codec, ...fields }),
    count: records.length,
    maxTimestamp: records.reduce((latest, record) => Math.max(latest, record.timestamp), -1),
    ...(producer && { producer }),
  };
}

export const maxMessageBytes = (config: TopicConfigOverrides): number =>
  Number(configValue(config, 'max.message.bytes'));

function codecOf(config: TopicConfigOverrides, defaultCodec: CompressionCodec): CompressionCodec {
  const type = configValue(config, 'compression.type');
  if (type === 'producer') return defaultCodec;
  return type === 'uncompressed' ? 'none' : (type as CompressionCodec);
}
