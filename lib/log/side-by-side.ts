/** Store calls for one request that run side by side, whatever it asks for. */
const AT_ONCE = 16;

/** What `use` makes of each item, in the items' order. */
export async function sideBySide<T, R>(items: readonly T[], use: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  for (let first = 0; first < items.length; first += AT_ONCE) {
    results.push(...(await Promise.all(items.slice(first, first + AT_ONCE).map(use))));
  }
  return results;
}
