/** Small record batches for tests of the log. */
import type { Append, AppendBatch, ProducerSequence } from '../../lib/log/append-batch.ts';
import type { StoredBatch } from '../../lib/log/load-batches.ts';
import { decodeBatch } from '../../lib/record/decode-batch.ts';
import { encodeBatch } from '../../lib/record/encode-batch.ts';

/** One batch whose records have the texts as values. */
export function batchOf(values: readonly string[], producer?: ProducerSequence, timestamp = 1_000): AppendBatch {
  const records = values.map(value => ({ timestamp, key: null, value: Buffer.from(value), headers: [] }));
  const fields = producer && {
    producer: { producerId: producer.producerId, producerEpoch: producer.epoch, baseSequence: producer.sequence },
  };
  const bytes = encodeBatch({ records, codec: 'none', ...fields });
  return { bytes, count: values.length, maxTimestamp: timestamp, ...(producer && { producer }) };
}

export const appendOf = (...values: string[]): Append => ({ batches: [batchOf(values)], stampAppendTime: false });

export const idempotentOf = (producer: ProducerSequence, ...values: string[]): Append => ({
  batches: [batchOf(values, producer)],
  stampAppendTime: false,
});

/** `offset:value` of every record of the batches. */
export const textsOf = (batches: readonly StoredBatch[]): string[] =>
  batches.flatMap(batch =>
    decodeBatch(batch.bytes, { maxDecompressedBytes: 1 << 24 }).map(
      ({ offset, value }) => `${offset}:${Buffer.from(value ?? []).toString()}`,
    ),
  );
