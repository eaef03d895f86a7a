import type { AttributeValue, Item } from '../../ports/item-table.ts';

/** An item's size, near enough to how DynamoDB counts it: keys, attribute names and values. */
export function itemSizeInBytes(item: Item): number {
  return Buffer.byteLength(item.pk) + Buffer.byteLength(item.sk) + valueSizeInBytes(item.attributes);
}

function valueSizeInBytes(value: AttributeValue): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (value instanceof Uint8Array) return value.length;
  if (typeof value !== 'object' || value === null) return 8;
  return Object.entries(value).reduce((sum, [name, entry]) => sum + name.length + valueSizeInBytes(entry), 0);
}
