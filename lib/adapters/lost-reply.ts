/**
 * Telling one's own write: its reply was lost, the call was repeated, and the condition failed on what the first try had
 * written.
 */
import type { Item, NewItem } from '../ports/item-table.ts';

/**
 * Whether the stored item is what this very create made, under whatever version: a write that gives an item a later expiry, and
 * changes nothing else, keeps its `writeId`.
 */
export const isOwnCreate = (stored: Item, write: NewItem): boolean => stored.writeId === write.writeId;

/**
 * Whether the stored item is the outcome of this very replace of `version`. A `writeId` proves only the last write to a cell, so a
 * match under any other version than the next proves nothing.
 */
export const isOwnReplace = (stored: Item, write: NewItem, version: number): boolean =>
  stored.writeId === write.writeId && stored.version === version + 1;
