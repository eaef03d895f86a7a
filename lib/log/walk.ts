/**
 * Walking a log's entries in order, from a known boundary to the end.
 *
 * Invariant: entries tile exactly, each beginning where the one before it ends. A hole means that the boundary was rolled
 * away since it was learned, and whoever walks must read the partition state again.
 */
import type { ItemTable } from '../ports/item-table.ts';
import { MillraceError } from '../protocol/errors.ts';
import { entryFromItem, entrySk, lastEntrySk, logKeyOf } from './catalogue.ts';
import { type LogEntry, nextOffsetAfter } from './log-entry.ts';
import type { TopicPartition } from './topic-partition.ts';

export interface WalkPage {
  readonly entries: readonly LogEntry[];
  /** The boundary after the last entry of the page; where it began, when the page is empty. */
  readonly nextOffset: number;
  /** Whether the log may go on past the page. */
  readonly more: boolean;
}

/** Thrown where something is gone that a partition state led to: its boundaries have moved since, or the log is damaged. */
export class MovedError extends Error {
  override readonly name: string = 'MovedError';
}

/** Thrown where an entry is missing between two that are there. */
export class HoleError extends MovedError {
  override readonly name = 'HoleError';

  constructor(expected: number, found: number) {
    super(`expected an entry at offset ${expected}, found the next at ${found}`);
  }
}

/** One page of the entries based at `from` or above, as the store has them. */
export async function entriesPage(
  log: ItemTable,
  at: TopicPartition,
  from: number,
  limit?: number,
): Promise<{ readonly entries: readonly LogEntry[]; readonly more: boolean }> {
  const range = { pk: logKeyOf(at), from: entrySk(from), to: lastEntrySk };
  const page = await log.query(range, limit === undefined ? {} : { limit });
  return { entries: page.items.map(entryFromItem), more: page.more };
}

/** One page of the entries from the boundary `from` on; `HoleError` where they do not tile. */
export async function walkPage(log: ItemTable, at: TopicPartition, from: number, limit?: number): Promise<WalkPage> {
  const { entries, more } = await entriesPage(log, at, from, limit);
  return { entries, more, nextOffset: boundaryAfter(entries, from) };
}

/** Every entry from the boundary `from` to the end, page by page. */
export async function* walk(log: ItemTable, at: TopicPartition, from: number): AsyncGenerator<WalkPage> {
  let next = from;
  while (true) {
    const page = await walkPage(log, at, next);
    yield page;
    if (!page.more) return;
    if (page.nextOffset === next) throw new MillraceError('STORAGE_ERROR', 'an empty page says that more follows');
    next = page.nextOffset;
  }
}

/** The last entry whose base offset is in [from, to]. */
export async function lastEntry(
  log: ItemTable,
  at: TopicPartition,
  from: number,
  to = Number.MAX_SAFE_INTEGER,
): Promise<LogEntry | undefined> {
  const range = { pk: logKeyOf(at), from: entrySk(from), to: entrySk(to) };
  const page = await log.query(range, { reverse: true, limit: 1 });
  const item = page.items[0];
  return item && entryFromItem(item);
}

/** Where entries that tile from the boundary `from` end; `HoleError` where they do not tile. */
export function boundaryAfter(entries: readonly LogEntry[], from: number): number {
  let boundary = from;
  for (const entry of entries) {
    if (entry.baseOffset !== boundary) throw new HoleError(boundary, entry.baseOffset);
    boundary = nextOffsetAfter(entry);
  }
  return boundary;
}
