/**
 * A batch as its producer sent it to one log, with every try that may have stored it there and every place where it is known to
 * stand.
 *
 * A try stores it once at most, and all tries of an idempotent producer together, unless it was forgotten between them.
 */
import type { ProduceOperation, SequenceOfProducer } from './history.ts';

export interface SentBatch {
  /** Unique to the run, so the first names the batch. */
  readonly values: readonly string[];
  /** Of each value; `undefined` where the records have none. */
  readonly keys: readonly string[] | undefined;
  /** Which of the values are tombstones. */
  readonly tombstones: ReadonlySet<number>;
  readonly producer: SequenceOfProducer | undefined;
  /** By start; those that failed had no effect, and are left out. */
  readonly tries: readonly ProduceOperation[];
  readonly failed: readonly ProduceOperation[];
  /** Of each copy, by an acknowledgement or by any record of it that was read. */
  readonly baseOffsets: Set<number>;
}

/** A copy that may have been stored from some time on. */
export interface PossibleCopy {
  readonly since: number;
  /** Whether nobody was told of it. */
  readonly isUnknown: boolean;
}

/** A copy that is known to stand in the log. */
export interface KnownCopy {
  readonly batch: SentBatch;
  readonly baseOffset: number;
}

export const endOf = ({ batch, baseOffset }: KnownCopy): number => baseOffset + batch.values.length;

export const firstSent = ({ tries }: SentBatch): number => tries[0]?.start ?? Number.NEGATIVE_INFINITY;

export const lastSent = ({ tries }: SentBatch): number => tries.at(-1)?.start ?? Number.NEGATIVE_INFINITY;

/** Each copy that the tries may have stored, by time. */
export function possibleCopies({ tries, producer }: SentBatch, producerForgottenMs: number): readonly PossibleCopy[] {
  const copies: { since: number; isUnknown: boolean }[] = [];
  let before: ProduceOperation | undefined;
  for (const each of tries) {
    const isUnknown = each.answer.outcome === 'unknown';
    // one request may be written down for each life of its topic
    const isSame =
      before !== undefined && (producer ? each.start - before.start < producerForgottenMs : isOne(before, each));
    const last = copies.at(-1);
    if (isSame && last) last.isUnknown ||= isUnknown;
    else copies.push({ since: each.start, isUnknown });
    before = each;
  }
  return copies;
}

const isOne = (a: ProduceOperation, b: ProduceOperation): boolean =>
  a.log !== b.log && a.client === b.client && a.start === b.start;
