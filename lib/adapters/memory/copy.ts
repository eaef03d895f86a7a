import type { AttributeValue, Item, NewItem } from '../../ports/item-table.ts';
import { checkedNumber, isList, mapOf } from '../attribute-value.ts';

/** The item as the table stores it: sharing no bytes, lists or maps with the one given. */
export function copyItem(item: NewItem, version: number): Item {
  const { pk, sk, writeId, attributes, expiresAt } = item;
  const copy = { pk, sk, writeId, attributes: copyMap(attributes), version };
  return expiresAt === undefined ? copy : { ...copy, expiresAt };
}

function copyMap(map: NewItem['attributes']): NewItem['attributes'] {
  return mapOf(Object.entries(map).map(([name, value]) => [name, copyValue(value)]));
}

function copyValue(value: AttributeValue): AttributeValue {
  if (typeof value === 'number') return checkedNumber(value);
  // as UTF-8 would: a lone surrogate becomes U+FFFD
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  if (isList(value)) return value.map(copyValue);
  return copyMap(value);
}
