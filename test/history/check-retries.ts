/**
 * A producer that sends a batch again which is stored is told where, as long as it is one of its last five: refusing it leaves the
 * producer without an answer for ever. After a silence the log may no longer tell.
 */
import type { Found } from './anomaly.ts';
import type { ProduceOperation } from './history.ts';
import type { LogHistory } from './log-history.ts';
import { firstSent } from './sent-batch.ts';

/** Batches of a producer that are remembered, as Kafka's NUM_BATCHES_TO_RETAIN. */
const REMEMBERED = 5;

/** A batch is found for a day, as long as Kafka remembers a producer; an hour is for clocks, and for where the search begins. */
const FOUND_MS = 23 * 3_600_000;

const OUT_OF_TURN: ReadonlySet<string> = new Set(['OUT_OF_ORDER_SEQUENCE_NUMBER', 'DUPLICATE_SEQUENCE_NUMBER']);

export function checkRetries(log: LogHistory, producerForgottenMs: number): Found[] {
  const refused = log.produces.filter(produce => refusalOf(produce) !== undefined);
  if (refused.length === 0) return [];
  const knownBy = whenKnown(log);
  const sequences = Map.groupBy(log.produces, producerOf);
  return refused.flatMap((retry): Found[] => {
    const value = retry.values[0] ?? '';
    if ((knownBy.get(value) ?? Number.POSITIVE_INFINITY) >= retry.start) return [];
    const code = refusalOf(retry) ?? '';
    const ageMs = retry.end - firstSent(log.batchOf(value).batch);
    if (code === 'UNKNOWN_PRODUCER_ID') return ageMs < FOUND_MS ? [['refused-retry', `${value}: ${code}`]] : [];
    const later = new Set<number>();
    for (const { producer, start } of sequences.get(producerOf(retry)) ?? []) {
      const sequence = producer?.sequence ?? 0;
      if (start < retry.end && sequence > (retry.producer?.sequence ?? 0)) later.add(sequence);
    }
    const isRemembered = later.size < REMEMBERED && ageMs < producerForgottenMs;
    return isRemembered ? [['refused-retry', `${value}: ${later.size} batches after it`]] : [];
  });
}

function refusalOf({ producer, answer }: ProduceOperation): string | undefined {
  if (!producer || answer.outcome !== 'failed') return undefined;
  return OUT_OF_TURN.has(answer.code) || answer.code === 'UNKNOWN_PRODUCER_ID' ? answer.code : undefined;
}

const producerOf = ({ producer }: ProduceOperation): string => (producer ? `${producer.id} ${producer.epoch}` : '');

/** When each batch was first known to be in the log, by its first value. */
function whenKnown({ acknowledged, answered, batchOf }: LogHistory): ReadonlyMap<string, number> {
  const knownBy = new Map<string, number>();
  const note = (first = '', at: number) => knownBy.set(first, Math.min(at, knownBy.get(first) ?? at));
  for (const { values, end } of acknowledged) note(values[0], end);
  for (const { answer, end } of answered) {
    for (const { value } of answer.result.records) note(batchOf(value).batch.values[0], end);
  }
  return knownBy;
}
