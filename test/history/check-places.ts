/**
 * Each offset holds one value, and a value stands once: but for a producer without idempotence, which stores it once more
 * for every try whose outcome it does not know.
 */
import type { Found } from './anomaly.ts';
import type { FetchOperation, Ok, ProduceOperation } from './history.ts';
import { isOk } from './history.ts';

export function checkPlaces(produces: readonly ProduceOperation[], fetches: readonly Ok<FetchOperation>[]): Found[] {
  const places = new Places();
  for (const { values, answer } of produces.filter(isOk)) {
    for (const [index, value] of values.entries()) places.put(answer.result.baseOffset + index, value);
  }
  for (const { answer } of fetches) for (const { offset, value } of answer.result.records) places.put(offset, value);
  const copies = copiesAllowed(produces);
  return [
    ...places.collisions,
    ...[...places.offsetsOf]
      .filter(([value, offsets]) => offsets.size > (copies.get(value) ?? 1))
      .map(([value, offsets]) => ['one-value-at-two-offsets', `${value}: ${[...offsets].join(', ')}`] as const),
  ];
}

class Places {
  readonly #valueAt = new Map<number, string>();
  readonly offsetsOf = new Map<string, Set<number>>();
  readonly collisions: Found[] = [];

  put(offset: number, value: string): void {
    const other = this.#valueAt.get(offset);
    if (other !== undefined && other !== value) {
      this.collisions.push(['two-values-at-one-offset', `${offset}: ${other}, ${value}`]);
    }
    this.#valueAt.set(offset, value);
    const offsets = this.offsetsOf.get(value) ?? new Set();
    this.offsetsOf.set(value, offsets.add(offset));
  }
}

/** How often a value may stand in the log: one try stores it once at most, and all tries of an idempotent producer together. */
function copiesAllowed(produces: readonly ProduceOperation[]): Map<string, number> {
  const copies = new Map<string, number>();
  for (const { values, producer, answer } of produces) {
    if (producer || answer.outcome === 'failed') continue;
    for (const value of values) copies.set(value, (copies.get(value) ?? 0) + 1);
  }
  return copies;
}
