/** Offsets of a partition by what they mean: Kafka's ListOffsets. */
import { findMaxTimestamp, findOffsetByTime } from '../log/find-offset.ts';
import type { LogReader } from '../log/log-reader.ts';
import type { LogServices } from '../log/log-services.ts';

export type OffsetSpec =
  | { readonly kind: 'earliest' }
  | { readonly kind: 'latest' }
  | { readonly kind: 'max-timestamp' }
  /** The first record at `timestamp`, in milliseconds since the epoch, or later. */
  | { readonly kind: 'timestamp'; readonly timestamp: number };

export interface ListedOffset {
  /** -1 where no record is meant. */
  readonly offset: number;
  /** Of the record at the offset, where it was looked for by time. */
  readonly timestamp?: number;
}

const NO_RECORD: ListedOffset = { offset: -1 };

/** @example const { offset } = await listOffset(services, { topic: 'click', partition: 0, spec: { kind: 'latest' } }); */
export function listOffset(
  { topics, logs }: LogServices,
  request: { readonly topic: string; readonly partition: number; readonly spec: OffsetSpec },
): Promise<ListedOffset> {
  const { topic, partition, spec } = request;
  return topics.withPartition(topic, partition, at => find(logs.of(at).reader, spec));
}

async function find(reader: LogReader, spec: OffsetSpec): Promise<ListedOffset> {
  switch (spec.kind) {
    case 'earliest':
      return { offset: (await reader.bounds()).logStartOffset };
    case 'latest':
      return { offset: (await reader.bounds()).highWatermark };
    case 'max-timestamp':
      return (await findMaxTimestamp(reader)) ?? NO_RECORD;
    case 'timestamp':
      return (await findOffsetByTime(reader, spec.timestamp)) ?? NO_RECORD;
  }
}

/** Both ends of the partition's log. */
export function listBounds(
  { topics, logs }: LogServices,
  topic: string,
  partition: number,
): Promise<{ readonly logStartOffset: number; readonly highWatermark: number }> {
  return topics.withPartition(topic, partition, at => logs.of(at).reader.bounds());
}
