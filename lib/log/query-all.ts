/** Every item of a range, page by page. */
import type { Item, ItemTable, QueryRange } from '../ports/item-table.ts';

/** @example for await (const item of queryAll(cluster, { pk, from: firstSortKey, to: lastSortKey })) … */
export async function* queryAll(table: ItemTable, range: QueryRange): AsyncGenerator<Item> {
  for (let { from } = range; ; ) {
    const { items, more } = await table.query({ ...range, from });
    yield* items;
    const last = items.at(-1);
    if (!more || !last) return;
    from = `${last.sk}\0`;
  }
}
