/**
 * A producer that sends a batch again which is stored is told where, as long as it is one of its last five: refusing it leaves the
 * producer without an answer for ever.
 */
import type { Found } from './anomaly.ts';
import { type FetchOperation, isOk, type Ok, type ProduceOperation } from './history.ts';

/** Batches of a producer that are remembered, as Kafka's NUM_BATCHES_TO_RETAIN. */
const REMEMBERED = 5;

const REFUSALS: ReadonlySet<string> = new Set(['OUT_OF_ORDER_SEQUENCE_NUMBER', 'DUPLICATE_SEQUENCE_NUMBER']);

export function checkRetries(produces: readonly ProduceOperation[], fetches: readonly Ok<FetchOperation>[]): Found[] {
  const refused = produces.filter(({ answer }) => answer.outcome === 'failed' && REFUSALS.has(answer.code));
  if (refused.length === 0) return [];
  const knownBy = whenKnown(produces, fetches);
  const sequences = Map.groupBy(produces, producerOf);
  return refused.flatMap((retry): Found[] => {
    const value = retry.values[0] ?? '';
    if ((knownBy.get(value) ?? Number.POSITIVE_INFINITY) >= retry.start) return [];
    const later = new Set<number>();
    for (const { producer, start } of sequences.get(producerOf(retry)) ?? []) {
      const sequence = producer?.sequence ?? 0;
      if (start < retry.end && sequence > (retry.producer?.sequence ?? 0)) later.add(sequence);
    }
    return later.size < REMEMBERED ? [['refused-retry', `${value}: ${later.size} batches after it`]] : [];
  });
}

const producerOf = ({ producer }: ProduceOperation): string => (producer ? `${producer.id} ${producer.epoch}` : '');

/** When each value was first known to be in the log. */
function whenKnown(
  produces: readonly ProduceOperation[],
  fetches: readonly Ok<FetchOperation>[],
): ReadonlyMap<string, number> {
  const knownBy = new Map<string, number>();
  const note = (value: string, at: number) => knownBy.set(value, Math.min(at, knownBy.get(value) ?? at));
  for (const { values, end } of produces.filter(isOk)) for (const value of values) note(value, end);
  for (const { answer, end } of fetches) for (const { value } of answer.result.records) note(value, end);
  return knownBy;
}
