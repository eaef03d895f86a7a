/**
 * An item's value in LMDB: everything but its key, which is LMDB's key, and its version, which LMDB keeps itself.
 *
 *     item       = writeId:string expiresAt:float64 (NaN for none) attributes:map
 *     map        = count:varint (name:string value)*
 *     value      = tag:byte, then by tag: nothing | float64 | string | bytes | count:varint value* | map
 *     string     = size:varint, so many bytes of UTF-8
 *     bytes      = size:varint, so many bytes
 *
 * Floats are big-endian; a varint has seven bits a byte, the lowest first.
 */
import type { NewItem } from '../../ports/item-table.ts';

export const tags = { null: 0, false: 1, true: 2, number: 3, string: 4, bytes: 5, list: 6, map: 7 } as const;

export type ItemValue = Pick<NewItem, 'writeId' | 'attributes' | 'expiresAt'>;
