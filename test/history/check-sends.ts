/**
 * The order of sends: what was acknowledged before another was first sent comes before it, and the batches of an idempotent
 * producer stand in the order of its epochs and sequences, however many it had on their way at once.
 */
import type { Found } from './anomaly.ts';
import { type FetchOperation, isOk, type Ok, type ProduceOperation, type SequenceOfProducer } from './history.ts';

export function checkSends(
  produces: readonly ProduceOperation[],
  fetches: readonly Ok<FetchOperation>[],
  producerForgottenMs: number,
): Found[] {
  return [...checkRealTime(produces), ...checkSequences(placedBatches(produces, fetches), producerForgottenMs)];
}

function checkRealTime(produces: readonly ProduceOperation[]): Found[] {
  const firstSent = new Map<string, number>();
  for (const { values, start } of produces) {
    const [value = ''] = values;
    firstSent.set(value, Math.min(start, firstSent.get(value) ?? Number.POSITIVE_INFINITY));
  }
  const sentAt = ({ values: [value = ''], start }: ProduceOperation) => firstSent.get(value) ?? start;
  const acknowledged = produces.filter(isOk);
  const byEnd = acknowledged.toSorted((a, b) => a.end - b.end);
  const found: Found[] = [];
  let ended = 0;
  let highest = -1;
  for (const produce of acknowledged.toSorted((a, b) => sentAt(a) - sentAt(b))) {
    for (let before = byEnd[ended]; before && before.end < sentAt(produce); before = byEnd[++ended]) {
      highest = Math.max(highest, before.answer.result.baseOffset);
    }
    const { baseOffset } = produce.answer.result;
    if (baseOffset < highest) found.push(['reordered-send', `${produce.values[0]} at ${baseOffset}, after ${highest}`]);
  }
  return found;
}

/** A batch, and where it stands: as its producer was told, or as a reader found its first value. */
interface PlacedBatch extends SequenceOfProducer {
  /** When the last try of it began. */
  readonly sentAt: number;
  readonly offset: number;
}

function checkSequences(placed: readonly PlacedBatch[], producerForgottenMs: number): Found[] {
  const byProducer = Map.groupBy(placed, ({ id }) => id);
  return [...byProducer.values()].flatMap(batches => {
    const byOffset = batches.toSorted((a, b) => a.offset - b.offset);
    return byOffset.flatMap((batch, index) => {
      const before = byOffset[index - 1];
      return before && batch.sentAt - before.sentAt < producerForgottenMs ? checkStep(before, batch) : [];
    });
  });
}

function checkStep(before: PlacedBatch, { id, epoch, sequence, offset }: PlacedBatch): Found[] {
  if (before.offset === offset) return [];
  const where = `producer ${id} at ${before.offset}, ${offset}`;
  if (epoch < before.epoch) return [['fenced-send', `${where}: epoch ${before.epoch}, then ${epoch}`]];
  const isInOrder = epoch > before.epoch || sequence > before.sequence;
  return isInOrder ? [] : [['reordered-send', `${where}: sequence ${before.sequence}, then ${sequence}`]];
}

function placedBatches(
  produces: readonly ProduceOperation[],
  fetches: readonly Ok<FetchOperation>[],
): readonly PlacedBatch[] {
  const sent = new Map<string, Omit<PlacedBatch, 'offset'>>();
  const placed: PlacedBatch[] = [];
  for (const { values, producer, start, answer } of produces) {
    if (!producer) continue;
    const batch = { ...producer, sentAt: start };
    sent.set(values[0] ?? '', batch);
    if (answer.outcome === 'ok') placed.push({ ...batch, offset: answer.result.baseOffset });
  }
  for (const { answer } of fetches) {
    for (const { offset, value } of answer.result.records) {
      const producer = sent.get(value);
      if (producer) placed.push({ ...producer, offset });
    }
  }
  return placed;
}
