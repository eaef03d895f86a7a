/**
 * The batches of an idempotent producer stand in the order of its epochs and sequences, however many it had on their way at once,
 * with none left out: an epoch begins with 0, and a batch follows only the one before it.
 *
 * A batch may stand where nobody has looked: it is missing only where too few such offsets are left for it.
 */
import type { Found } from './anomaly.ts';
import type { SequenceOfProducer } from './history.ts';
import type { LogHistory } from './log-history.ts';
import { firstSent, type KnownCopy, lastSent } from './sent-batch.ts';

/** Sequence numbers are an int32 that wraps to 0. */
const SEQUENCES = 2 ** 31;

interface Placed {
  readonly copy: KnownCopy;
  readonly producer: SequenceOfProducer;
  /** Offsets below it of which nobody knows what stands there. */
  readonly hiddenBelow: number;
}

export function checkSequences({ copies }: LogHistory, producerForgottenMs: number): Found[] {
  const found: Found[] = [];
  const last = new Map<number, Placed>();
  let known = 0;
  for (const copy of copies) {
    const { producer, values } = copy.batch;
    const hiddenBelow = copy.baseOffset - known;
    known += values.length;
    if (!producer) continue;
    const before = last.get(producer.id);
    const placed = { copy, producer, hiddenBelow };
    if (!before || lastSent(copy.batch) - firstSent(before.copy.batch) < producerForgottenMs) {
      found.push(...checkStep(before, placed));
    }
    last.set(producer.id, placed);
  }
  return found;
}

function checkStep(before: Placed | undefined, { copy, producer, hiddenBelow }: Placed): Found[] {
  const { id, epoch, sequence } = producer;
  const where = `producer ${id}, epoch ${epoch}, sequence ${sequence} at ${copy.baseOffset}`;
  const after = before
    ? `, after epoch ${before.producer.epoch}, sequence ${before.producer.sequence} at ${before.copy.baseOffset}`
    : '';
  if (before && epoch < before.producer.epoch) return [['fenced-send', `${where}${after}`]];
  const isFirst = before?.producer.epoch !== epoch;
  const expected = isFirst ? 0 : before.producer.sequence + before.copy.batch.values.length;
  const missing = (sequence - expected + SEQUENCES) % SEQUENCES;
  if (!isFirst && missing >= SEQUENCES / 2) return [['reordered-send', `${where}${after}`]];
  const hidden = hiddenBelow - (before?.hiddenBelow ?? 0);
  return missing > hidden ? [['missing-sequence', `${where}${after}`]] : [];
}
