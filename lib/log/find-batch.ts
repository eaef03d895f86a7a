/**
 * Finding a producer's batch among the entries of a log. The log alone decides whether a batch was stored.
 */
import type { ItemTable } from '../ports/item-table.ts';
import { MillraceError } from '../protocol/errors.ts';
import type { ProducerSequence } from './append-batch.ts';
import type { LogEntry, ObjectPayload } from './log-entry.ts';
import type { TopicPartition } from './topic-partition.ts';
import { type TrailEntry, trailEntry } from './trail.ts';
import { HoleError, type WalkPage, walk } from './walk.ts';

/** The base offset of the batch, and the object that has it where its entry has not; or that it is not there. */
export type Found = { readonly offset: number; readonly object?: ObjectPayload | undefined } | undefined;

/** Looks through entries already in hand; INVALID_PRODUCER_EPOCH where a higher epoch of the producer stands. */
export function findAmong(entries: Iterable<TrailEntry>, wanted: ProducerSequence): Found {
  for (const entry of entries) {
    for (const batch of entry.producers) {
      if (batch.producerId !== wanted.producerId) continue;
      if (batch.epoch > wanted.epoch) throw fenced(wanted, batch.epoch);
      if (batch.epoch === wanted.epoch && batch.sequence === wanted.sequence) {
        return { offset: entry.baseOffset + batch.position, object: entry.object };
      }
    }
  }
  return undefined;
}

export interface FindParams {
  readonly wanted: ProducerSequence;
  /** The boundary to look from. */
  readonly from: number;
  /** A boundary that the search must reach, short of finding the batch; the end of the log where it is left out. */
  readonly to?: number;
  /** A boundary that the log has reached for certain, whatever is left of its entries. */
  readonly rolledOffset: number;
  /** Whether an entry may be a ghost: then the walk has met a hole. */
  readonly mayBeGhost: (entry: LogEntry) => boolean;
  /** Told of every page looked at. */
  readonly onPage?: (page: WalkPage) => void;
}

/**
 * Looks through the log itself. A hole means that a stretch was rolled away and what stood there cannot be told any more:
 * UNKNOWN_PRODUCER_ID.
 */
export async function findInLog(log: ItemTable, at: TopicPartition, params: FindParams): Promise<Found> {
  const { wanted, from, to = Number.POSITIVE_INFINITY, rolledOffset, mayBeGhost, onPage } = params;
  try {
    let reached = from;
    for await (const page of walk(log, at, from)) {
      const ghost = page.entries.find(mayBeGhost);
      if (ghost) throw new HoleError(ghost.baseOffset, page.nextOffset);
      const found = findAmong(page.entries.map(trailEntry), wanted);
      onPage?.(page);
      reached = page.nextOffset;
      if (found || reached >= to) return found;
    }
    const least = Number.isFinite(to) ? to : rolledOffset;
    if (reached < least) throw new HoleError(reached, least);
    return undefined;
  } catch (error) {
    if (error instanceof HoleError) throw lookedInVain(wanted, error);
    throw error;
  }
}

const fenced = ({ producerId, epoch }: ProducerSequence, newer: number) =>
  new MillraceError(
    'INVALID_PRODUCER_EPOCH',
    `producer ${producerId} sends with epoch ${epoch}, the log has its epoch ${newer}`,
  );

export const lookedInVain = ({ producerId, sequence }: ProducerSequence, cause?: HoleError) =>
  new MillraceError(
    'UNKNOWN_PRODUCER_ID',
    `the log no longer tells whether it has sequence ${sequence} of producer ${producerId}; take a new epoch`,
    { cause },
  );
