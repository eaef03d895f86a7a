import { randomUUID } from 'node:crypto';
import type { Attributes, ItemKey, ItemTable, NewItem } from '../../../lib/ports/item-table.ts';

/** A partition key that no other test has. */
export function newPk(): string {
  return `pk-${randomUUID()}`;
}

export function newKey(sk = 'sk'): ItemKey {
  return { pk: newPk(), sk };
}

/** The item of a new logical write. */
export function newItem(key: ItemKey = newKey(), attributes: Attributes = { n: 1 }): NewItem {
  return { ...key, writeId: randomUUID(), attributes };
}

/** Creates an item that the test takes for granted. */
export async function given(table: ItemTable, item: NewItem = newItem()): Promise<NewItem> {
  const { outcome } = await table.create(item);
  if (outcome !== 'created') throw new Error(`${item.pk} ${item.sk} was there before`);
  return item;
}

/** Creates an item under each sort key. */
export async function givenSks(table: ItemTable, pk: string, sks: readonly string[]): Promise<void> {
  await Promise.all(sks.map(sk => given(table, newItem({ pk, sk }))));
}
