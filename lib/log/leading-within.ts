/** The leading items whose sizes add up to `maxBytes` at most; the first whatever its size. */
export function leadingWithin<T>(items: readonly T[], maxBytes: number, sizeOf: (item: T) => number): readonly T[] {
  let bytes = 0;
  const beyond = items.findIndex((item, index) => {
    bytes += sizeOf(item);
    return index > 0 && bytes > maxBytes;
  });
  return beyond < 0 ? items : items.slice(0, beyond);
}
