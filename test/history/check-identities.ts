/**
 * Nobody else has the same producer id and epoch; an id's next epoch is higher than every one before; and nobody is fenced but by
 * an epoch that was asked for.
 */
import type { Found } from './anomaly.ts';
import { type InitProducerOperation, isOk, named, type Ok, type Operation, type ProduceOperation } from './history.ts';
import { marksBefore, marksByEnd } from './marks.ts';

export function checkIdentities(history: readonly Operation[]): Found[] {
  const asked = named(history, 'initProducer');
  const given = asked.filter(isOk);
  const byId = Map.groupBy(given, ({ answer }) => answer.result.producerId);
  return [
    ...checkUnique(given),
    ...[...byId.values()].flatMap(checkAscending),
    ...checkFenced(named(history, 'produce'), asked),
  ];
}

function checkUnique(given: readonly Ok<InitProducerOperation>[]): Found[] {
  const taken = new Set<string>();
  return given.flatMap(({ answer }) => {
    const identity = `producer ${answer.result.producerId}, epoch ${answer.result.producerEpoch}`;
    const isTaken = taken.has(identity);
    taken.add(identity);
    return isTaken ? [['one-identity-twice', identity] as const] : [];
  });
}

/** Of one id. */
function checkAscending(given: readonly Ok<InitProducerOperation>[]): Found[] {
  const epochs = given.map(({ end, answer }) => ({ end, at: answer.result.producerEpoch }));
  return marksBefore(given, epochs).flatMap(([{ answer }, highest]) => {
    const { producerId, producerEpoch } = answer.result;
    const detail = `producer ${producerId}: epoch ${producerEpoch} after ${highest}`;
    return producerEpoch < highest ? [['epoch-went-back', detail] as const] : [];
  });
}

function checkFenced(produces: readonly ProduceOperation[], asked: readonly InitProducerOperation[]): Found[] {
  const fenced = produces.filter(
    ({ answer }) => answer.outcome === 'failed' && answer.code === 'INVALID_PRODUCER_EPOCH',
  );
  const byId = Map.groupBy(fenced, ({ producer }) => producer?.id);
  const epochs = Map.groupBy([...asked.flatMap(epochAsked), ...produces.flatMap(epochSent)], ({ id }) => id);
  const anyones = epochs.get(undefined) ?? [];
  return [...byId].flatMap(([id, ofId]) =>
    marksByEnd(ofId, [...(epochs.get(id) ?? []), ...anyones]).flatMap(([{ producer, values }, newest]) =>
      producer && producer.epoch >= newest
        ? [['fenced-by-nobody', `${values[0]} of producer ${id}, epoch ${producer.epoch}`] as const]
        : [],
    ),
  );
}

interface EpochMark {
  /** Left out where it may be any producer's. */
  readonly id: number | undefined;
  /** When it was asked for. */
  readonly end: number;
  readonly at: number;
}

function epochAsked({ producerId, start, answer }: InitProducerOperation): EpochMark[] {
  if (answer.outcome === 'failed') return [];
  if (answer.outcome === 'unknown') return [{ id: producerId, end: start, at: Number.POSITIVE_INFINITY }];
  return [{ id: answer.result.producerId, end: start, at: answer.result.producerEpoch }];
}

const epochSent = ({ producer, start, answer }: ProduceOperation): EpochMark[] =>
  producer && answer.outcome !== 'failed' ? [{ id: producer.id, end: start, at: producer.epoch }] : [];
