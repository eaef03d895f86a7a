/**
 * How an item lies in DynamoDB. Write units are counted by the KiB, names included, so the names are short:
 *
 * | attribute | type | |
 * |---|---|---|
 * | `pk`, `sk` | S | the key |
 * | `v` | N | version |
 * | `w` | S | writeId |
 * | `e` | N | expiry in seconds since the epoch, rounded up, as TTL wants it; so it comes back up to 999 ms later than given |
 *
 * and beside them the item's own attributes, under their own names; `checkItem` refuses those above.
 */
import type { AttributeValue as DynamoValue } from '@aws-sdk/client-dynamodb';
import type { Attributes, AttributeValue, Item, NewItem } from '../../ports/item-table.ts';
import { MillraceError } from '../../protocol/errors.ts';
import { checkedNumber, isList, mapOf } from '../attribute-value.ts';

/** The attribute that the tables' time to live is set on. */
export const EXPIRY_ATTRIBUTE = 'e';

export type DynamoItem = Record<string, DynamoValue>;

export function toDynamoItem(item: NewItem, version: number): DynamoItem {
  return {
    ...toDynamoMap(item.attributes),
    pk: { S: item.pk },
    sk: { S: item.sk },
    v: { N: String(version) },
    w: { S: item.writeId },
    ...(item.expiresAt !== undefined && { [EXPIRY_ATTRIBUTE]: { N: String(Math.ceil(item.expiresAt / 1000)) } }),
  };
}

export function fromDynamoItem(stored: DynamoItem): Item {
  const { pk, sk, v, w, [EXPIRY_ATTRIBUTE]: expiry, ...rest } = stored;
  if (pk?.S === undefined || sk?.S === undefined || v?.N === undefined || w?.S === undefined) {
    throw new MillraceError('STORAGE_ERROR', `item ${pk?.S} ${sk?.S} was not written by Millrace`);
  }
  const item = { pk: pk.S, sk: sk.S, version: Number(v.N), writeId: w.S, attributes: fromDynamoMap(rest) };
  return expiry?.N === undefined ? item : { ...item, expiresAt: Number(expiry.N) * 1000 };
}

function toDynamoMap(map: Attributes): DynamoItem {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, toDynamoValue(value)]));
}

function toDynamoValue(value: AttributeValue): DynamoValue {
  if (value === null) return { NULL: true };
  if (typeof value === 'boolean') return { BOOL: value };
  if (typeof value === 'number') return { N: String(checkedNumber(value)) };
  // as UTF-8 would: a lone surrogate becomes U+FFFD
  if (typeof value === 'string') return { S: value.toWellFormed() };
  if (value instanceof Uint8Array) return { B: value };
  if (isList(value)) return { L: value.map(toDynamoValue) };
  return { M: toDynamoMap(value) };
}

function fromDynamoMap(map: DynamoItem): Attributes {
  return mapOf(Object.entries(map).map(([name, value]) => [name, fromDynamoValue(value)]));
}

function fromDynamoValue(value: DynamoValue): AttributeValue {
  if (value.S !== undefined) return value.S;
  if (value.N !== undefined) return Number(value.N);
  if (value.B !== undefined) return value.B;
  if (value.BOOL !== undefined) return value.BOOL;
  if (value.L !== undefined) return value.L.map(fromDynamoValue);
  if (value.M !== undefined) return fromDynamoMap(value.M);
  return null;
}
