/** Offsets of a partition by what they mean. */
import { findOffsetByTime } from '../log/find-offset.ts';
import type { LogServices } from '../log/log-services.ts';
import type { TopicPartition } from '../log/topic-partition.ts';
import { MillraceError } from '../protocol/errors.ts';
import type { NamedPartition } from './named-partition.ts';

/** What is answered of a partition that the group has no offset of, and is to make none up. */
export const withoutOffset = ({ topic, partition }: NamedPartition) =>
  new MillraceError(
    'OFFSET_OUT_OF_RANGE',
    `the group has no offset of ${topic}-${partition}, and auto.offset.reset is none`,
  );

export type PositionSpec =
  | { readonly kind: 'earliest' | 'latest' }
  /** Of the first record at `timestamp`, in milliseconds, or later; the end of the log where there is none. */
  | { readonly kind: 'timestamp'; readonly timestamp: number };

export async function resetPosition({ logs }: LogServices, at: TopicPartition, spec: PositionSpec): Promise<number> {
  const { reader } = logs.of(at);
  const found = spec.kind === 'timestamp' ? await findOffsetByTime(reader, spec.timestamp) : undefined;
  if (found) return found.offset;
  const { logStartOffset, highWatermark } = await reader.bounds();
  return spec.kind === 'earliest' ? logStartOffset : highWatermark;
}
