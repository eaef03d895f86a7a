import type { Attributes, AttributeValue } from '../ports/item-table.ts';
import { MillraceError } from '../protocol/errors.ts';

/** `Array.isArray` alone does not narrow a readonly array. */
export function isList(value: AttributeValue): value is readonly AttributeValue[] {
  return Array.isArray(value);
}

/** The number, if every adapter can store it; DynamoDB has no NaN and no infinities. */
export function checkedNumber(value: number): number {
  if (Number.isFinite(value)) return value;
  throw new MillraceError('STORAGE_ERROR', `${value} cannot be stored, numbers must be finite`);
}

/** A map of these entries in which an attribute named `__proto__` is one like any other. */
export function mapOf(entries: Iterable<readonly [string, AttributeValue]>): Attributes {
  return Object.fromEntries(entries);
}
