/**
 * An item's key as LMDB's: the length of pk in two bytes, pk, sk, all UTF-8. LMDB compares bytes, so the items of one pk lie
 * together in the order of their sk, and because of the length no other pk's items lie among them, whatever bytes it has.
 */
import type { ItemKey } from '../../ports/item-table.ts';

const LENGTH_SIZE_IN_BYTES = 2;

export function encodeItemKey({ pk, sk }: ItemKey): Buffer {
  const pkSize = Buffer.byteLength(pk);
  const bytes = Buffer.allocUnsafe(LENGTH_SIZE_IN_BYTES + pkSize + Buffer.byteLength(sk));
  bytes.writeUInt16BE(pkSize);
  bytes.write(pk, LENGTH_SIZE_IN_BYTES);
  bytes.write(sk, LENGTH_SIZE_IN_BYTES + pkSize);
  return bytes;
}

/** The key that comes next after this one, for ranges that end before their end. */
export function encodeKeyAfter(key: ItemKey): Buffer {
  return Buffer.concat([encodeItemKey(key), Buffer.of(0)]);
}

export function decodeItemKey(key: Uint8Array): ItemKey {
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.byteLength);
  const skStart = LENGTH_SIZE_IN_BYTES + bytes.readUInt16BE();
  return { pk: bytes.toString('utf8', LENGTH_SIZE_IN_BYTES, skStart), sk: bytes.toString('utf8', skStart) };
}
