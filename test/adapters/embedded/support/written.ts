import type { NewItem } from '../../../../lib/ports/item-table.ts';

/** The item that the writer of this name writes under this key. */
export function itemOf(name: string, sk: string): NewItem {
  return { pk: name, sk, writeId: `${name}-${sk}`, attributes: { bytes: new Uint8Array(3_000).fill(Number(sk)) } };
}

/** The object that a writer puts under this key. */
export function bytesOf(key: string): Uint8Array {
  return Buffer.alloc(20_000, key);
}
