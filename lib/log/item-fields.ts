/** Reading the attributes of items as their layouts have them; STORAGE_ERROR where one is not so. */
import type { Attributes, AttributeValue, Item } from '../ports/item-table.ts';
import { MillraceError } from '../protocol/errors.ts';

type Value = AttributeValue | undefined;

export const number = (item: Item, value: Value): number =>
  typeof value === 'number' ? value : malformed(item, 'number');

export const string = (item: Item, value: Value): string =>
  typeof value === 'string' ? value : malformed(item, 'string');

export const list = (item: Item, value: Value): readonly AttributeValue[] =>
  Array.isArray(value) ? (value as readonly AttributeValue[]) : malformed(item, 'list');

export function record(item: Item, value: Value): Attributes {
  const isRecord =
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
  return isRecord ? (value as Attributes) : malformed(item, 'map');
}

export const oneOf = <T extends string>(item: Item, values: readonly T[], value: Value): T =>
  values.find(known => known === value) ?? malformed(item, values.join(' or '));

export function malformed(item: Item, expected: string): never {
  throw new MillraceError('STORAGE_ERROR', `item ${item.pk} ${item.sk} lacks a ${expected} where its layout has one`);
}
