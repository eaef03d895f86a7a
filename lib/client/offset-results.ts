/** The answer to a request that writes offsets: what became of each partition. */
import type { TopicPartition } from './api-shapes.ts';
import { type ApiAnswer, bodyOf } from './exchange.ts';
import type { OffsetResultsBody } from './group-shapes.ts';
import { answeredError, type RequestError } from './request-error.ts';

/** As HTTP has it of what is understood, but not possible. */
const REFUSED = 409;

export interface OffsetResult extends TopicPartition {
  /** Of a reset. */
  readonly offset: number | undefined;
  readonly error: RequestError | undefined;
}

/** @throws RequestError that is retriable where one of the partitions may be: to write the others again is no harm */
export function offsetResults(answer: ApiAnswer): readonly OffsetResult[] {
  const results = bodyOf<OffsetResultsBody>(answer).offsets.map(({ topic_name, partition_id, offset, message }) => ({
    topic: topic_name,
    partition: partition_id,
    offset,
    error: message === undefined ? undefined : answeredError({ status: REFUSED, message }),
  }));
  const again = results.find(({ error }) => error?.retriable);
  if (again?.error) throw again.error;
  return results;
}
