/** A log that is rolled, and what can be read of it, for tests of maintenance. */

import type { TopicPartition } from '../../lib/log/topic-partition.ts';
import { HoleError } from '../../lib/log/walk.ts';
import type { RetainParams } from '../../lib/maintenance/retain-log.ts';
import type { RollResult } from '../../lib/maintenance/roll-partition.ts';
import { rollPartition } from '../../lib/maintenance/roll-partition.ts';
import type { TopicConfigOverrides } from '../../lib/protocol/topic-config.ts';
import { decodeBatch } from '../../lib/record/decode-batch.ts';
import { batchOf } from './batches.ts';
import { FAR } from './far-deadline.ts';
import type { TestStores, TestWorker } from './memory-services.ts';

export const at: TopicPartition = { topicId: 't', partition: 0 };

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** Appends an entry of one batch for each value, and answers with the values by their offsets. */
export async function appendEach(
  { services }: TestWorker,
  values: readonly string[],
  timestamp?: number,
): Promise<void> {
  for (const value of values) {
    const append = { batches: [batchOf([value], undefined, timestamp)], stampAppendTime: false };
    await services.logs.of(at).append(append, FAR);
  }
}

/** Rolls all that there is, in segments of so many bytes. */
export function rollAll({ maintenance }: TestWorker, bytes = 1 << 20): Promise<RollResult> {
  const config = { 'segment.bytes': String(bytes) };
  return rollPartition(maintenance, at, { config, deadline: FAR, isForced: true });
}

/** How long a log is kept, with a config that does not change meanwhile. */
export const retained = (config: TopicConfigOverrides): RetainParams => ({ config, readConfig: async () => config });

/** Every value that a new worker reads, from an offset to the end, a page of `maxBytes` at a time. */
export async function readAll(stores: TestStores, from = 0, maxBytes = 1 << 20): Promise<string[]> {
  const { reader } = stores.worker().services.logs.of(at);
  const texts: string[] = [];
  for (let offset = from; ; ) {
    const { batches, nextOffset, highWatermark } = await reader.read({ offset, maxBytes });
    for (const { bytes } of batches) {
      for (const record of decodeBatch(bytes, { maxDecompressedBytes: 1 << 20 })) {
        if (record.offset < offset) continue;
        if (record.offset !== offset) throw new HoleError(offset, record.offset);
        texts.push(Buffer.from(record.value ?? []).toString());
        offset++;
      }
    }
    if (offset !== nextOffset) throw new HoleError(nextOffset, offset);
    if (offset === highWatermark) return texts;
  }
}

/** `first` to `last` as texts. */
export const texts = (first: number, last: number): string[] =>
  Array.from({ length: last - first + 1 }, (_, index) => String(first + index));
