/**
 * What an item's key and attribute names may be, the same in every adapter, so that what works on one machine also works
 * deployed: DynamoDB's limits, and pk and sk together within LMDB's 1,978 bytes.
 */
import type { ItemKey, NewItem, QueryRange } from '../ports/item-table.ts';
import { MillraceError } from '../protocol/errors.ts';

export const MAX_PARTITION_KEY_BYTES = 900;
export const MAX_SORT_KEY_BYTES = 1024;

/**
 * In DynamoDB an item's key, version, writeId and expiry lie beside its attributes, under these names; and the SDK loses the
 * last one, though not in maps further down.
 */
export const RESERVED_ATTRIBUTE_NAMES = ['pk', 'sk', 'v', 'w', 'e', '__proto__'] as const;

/** Refuses an item that some adapter could not store. */
export function checkItem(item: NewItem): void {
  checkKey(item);
  const name = RESERVED_ATTRIBUTE_NAMES.find(reserved => Object.hasOwn(item.attributes, reserved));
  if (name === undefined) return;
  throw new MillraceError('STORAGE_ERROR', `attribute ${name} is reserved, must have another name`);
}

/** Refuses a key that some adapter could not store, or not tell from another. */
export function checkKey({ pk, sk }: ItemKey): void {
  checkPart('partition key', pk, 1, MAX_PARTITION_KEY_BYTES);
  checkPart('sort key', sk, 1, MAX_SORT_KEY_BYTES);
}

/** A bound is like a sort key, or empty: it then stands before all of them. */
export function checkRange({ pk, from, to }: QueryRange): void {
  checkPart('partition key', pk, 1, MAX_PARTITION_KEY_BYTES);
  checkPart('lower bound', from, 0, MAX_SORT_KEY_BYTES);
  checkPart('upper bound', to, 0, MAX_SORT_KEY_BYTES);
}

function checkPart(name: string, value: string, minSizeInBytes: number, maxSizeInBytes: number): void {
  const sizeInBytes = Buffer.byteLength(value);
  if (sizeInBytes < minSizeInBytes || sizeInBytes > maxSizeInBytes) {
    const limits = `${minSizeInBytes} to ${maxSizeInBytes} bytes`;
    throw new MillraceError(
      'STORAGE_ERROR',
      `${name} of ${sizeInBytes} bytes, must have ${limits}: ${value.slice(0, 80)}`,
    );
  }
  // UTF-8 has no lone surrogates: they all become U+FFFD, and two keys would be one
  if (!value.isWellFormed()) {
    throw new MillraceError('STORAGE_ERROR', `${name} ${value} has a lone surrogate, must be well-formed`);
  }
}
