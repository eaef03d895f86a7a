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
