import type { Item, NewItem } from '../ports/item-table.ts';

/**
 * Whether the stored item is the outcome of this very write: its reply was lost, the call was repeated, and the condition
 * failed on what the first try had written. `version` is the one the write was to follow, 0 for a create.
 *
 * A `writeId` proves only the last write to a cell, so a match under any other version proves nothing.
 */
export function isOwnWrite(stored: Item, write: NewItem, version: number): boolean {
  return stored.writeId === write.writeId && stored.version === version + 1;
}
