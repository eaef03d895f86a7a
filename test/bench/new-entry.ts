/** An entry's item as an append of one batch leaves it, for what writes past the log. */
import { randomBytes } from 'node:crypto';
import { entryAttributes, entrySk } from '../../lib/log/catalogue.ts';
import { ENTRY_EXPIRY_MS } from '../../lib/log/seal-entry.ts';
import type { NewItem } from '../../lib/ports/item-table.ts';

export interface EntryFields {
  readonly baseOffset: number;
  readonly batch: Uint8Array;
  readonly count: number;
}

export function newEntry(logKey: string, { baseOffset, batch, count }: EntryFields): NewItem {
  const now = Date.now();
  const writeId = randomBytes(16).toString('base64url');
  const attributes = entryAttributes({
    baseOffset,
    writeId,
    count,
    maxTimestamp: now,
    createdAt: now,
    logBytes: 0,
    producers: [],
    payload: { kind: 'inline', bytes: batch, sizeInBytes: batch.byteLength },
  });
  return { pk: logKey, sk: entrySk(baseOffset), writeId, attributes, expiresAt: now + ENTRY_EXPIRY_MS };
}
