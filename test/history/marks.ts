/** What was known by when. */
export interface Mark {
  /** When it became known. */
  readonly end: number;
  readonly at: number;
}

/** Each operation with the highest mark that was known before it began; 0 where there was none. */
export function marksBefore<O extends { readonly start: number }>(
  operations: readonly O[],
  marks: readonly Mark[],
): (readonly [O, number])[] {
  const byEnd = marks.toSorted((a, b) => a.end - b.end);
  let ended = 0;
  let highest = 0;
  return operations
    .toSorted((a, b) => a.start - b.start)
    .map(operation => {
      for (let mark = byEnd[ended]; mark && mark.end < operation.start; mark = byEnd[++ended]) {
        highest = Math.max(highest, mark.at);
      }
      return [operation, highest] as const;
    });
}

/** Each operation with the highest mark that was known before it ended. */
export const marksByEnd = <O extends { readonly end: number }>(
  operations: readonly O[],
  marks: readonly Mark[],
): (readonly [O, number])[] =>
  marksBefore(
    operations.map(operation => ({ operation, start: operation.end })),
    marks,
  ).map(([{ operation }, at]) => [operation, at]);

/** Marks that add up. */
export function summed(marks: readonly Mark[]): readonly Mark[] {
  let sum = 0;
  return marks
    .toSorted((a, b) => a.end - b.end)
    .map(({ end, at }) => {
      sum += at;
      return { end, at: sum };
    });
}
