/**
 * Each offset holds one value, a batch stands whole and in its order, and it stands once: but for a producer without idempotence,
 * which stores it once more for every try whose outcome it does not know.
 */
import type { Found } from './anomaly.ts';
import type { LogHistory } from './log-history.ts';
import { endOf, type KnownCopy, possibleCopies, type SentBatch } from './sent-batch.ts';

export function checkPlaces(log: LogHistory, producerForgottenMs: number): Found[] {
  const cut = cutCopies(log.copies);
  const repeated = [...new Set(log.copies.map(({ batch }) => batch))]
    .map(batch => ({ batch, allowed: Math.max(1, possibleCopies(batch, producerForgottenMs).length) }))
    .filter(({ batch, allowed }) => batch.baseOffsets.size > allowed);
  if (cut.length === 0 && repeated.length === 0) return [];
  const seen = seenValues(log);
  return [
    ...seen.collisions,
    ...repeated.map(({ batch, allowed }) => nameRepeated(batch, allowed, seen)),
    ...(seen.collisions.length > 0 ? [] : cut),
  ];
}

/** No copy begins below the log, or before another ends. */
function cutCopies(copies: readonly KnownCopy[]): Found[] {
  let end = 0;
  return copies.flatMap((copy): Found[] => {
    const isCut = copy.baseOffset < end;
    const detail = `${copy.batch.values[0]} at ${copy.baseOffset}, below ${end}`;
    end = Math.max(end, endOf(copy));
    return isCut ? [['torn-batch', detail]] : [];
  });
}

/** Where none of its values stands too often the batch is not whole. */
function nameRepeated({ values, baseOffsets }: SentBatch, allowed: number, seen: SeenValues): Found {
  const repeated = values.find(value => seen.timesOf(value) > allowed);
  const where = `${repeated ?? values[0]}: ${[...baseOffsets].join(', ')}`;
  return [repeated === undefined ? 'torn-batch' : 'one-value-at-two-offsets', where];
}

function seenValues({ acknowledged, answered }: LogHistory): SeenValues {
  const seen = new SeenValues();
  for (const { values, answer } of acknowledged) {
    for (const [index, value] of values.entries()) seen.put(answer.result.baseOffset + index, value);
  }
  for (const { answer } of answered) for (const { offset, value } of answer.result.records) seen.put(offset, value);
  return seen;
}

/** Values where someone was told that they stand. */
class SeenValues {
  readonly collisions: Found[] = [];
  readonly #valueAt = new Map<number, string>();
  readonly #times = new Map<string, number>();

  put(offset: number, value: string): void {
    const other = this.#valueAt.get(offset);
    if (other === value) return;
    if (other !== undefined) this.collisions.push(['two-values-at-one-offset', `${offset}: ${other}, ${value}`]);
    this.#valueAt.set(offset, value);
    this.#times.set(value, this.timesOf(value) + 1);
  }

  timesOf(value: string): number {
    return this.#times.get(value) ?? 0;
  }
}
