/**
 * The part of a log from its rolled offset on, read from entries.
 */
import { MillraceError } from '../protocol/errors.ts';
import type { PartitionState } from './cells.ts';
import type { LogDeps } from './deps.ts';
import { leadingWithin } from './leading-within.ts';
import { type BatchReading, loadBatches, type StoredBatch } from './load-batches.ts';
import { type LogEntry, nextOffsetAfter } from './log-entry.ts';
import type { ObjectClaims } from './object-claim.ts';
import { startOverdueRoll } from './overdue-roll.ts';
import type { TopicPartition } from './topic-partition.ts';
import { boundaryAfter, entriesPage, HoleError, lastEntry, walk } from './walk.ts';

/** Boundaries remembered: offsets at which an entry ends, which stays true for ever. */
const REMEMBERED_BOUNDARIES = 1_024;

/** A page asks for as many entries as fill the bytes wanted at this size each, within limits. */
const TYPICAL_ENTRY_BYTES = 1_024;
const PAGE_FROM = 4;
const PAGE_TO = 1_000;

interface HotParams extends BatchReading {
  readonly offset: number;
  readonly maxBytes: number;
}

export interface HotPage {
  readonly batches: readonly StoredBatch[];
  readonly nextOffset: number;
  readonly highWatermark: number;
}

/** Entries that hold the offset asked for and what follows, and where the log ended when they were read. */
interface Stretch {
  readonly entries: readonly LogEntry[];
  readonly end: number | 'beyond';
}

export class HotLog {
  readonly #deps: LogDeps;
  readonly #at: TopicPartition;
  readonly #claims: ObjectClaims;
  readonly #boundaries = new Set<number>();

  constructor(deps: LogDeps, at: TopicPartition, claims: ObjectClaims) {
    this.#deps = deps;
    this.#at = at;
    this.#claims = claims;
  }

  /** Whole batches from the one that holds `offset`, which is the rolled offset or above. */
  async read(state: PartitionState, params: HotParams): Promise<HotPage> {
    const { entries, end } = await this.#stretchAt(params, state);
    await startOverdueRoll(this.#deps, this.#at, entries[0]);
    const batches = await this.#batchesWithin(entries, params);
    const highWatermark = end === 'beyond' ? await this.end(state) : end;
    return { batches, nextOffset: batches.at(-1)?.nextOffset ?? params.offset, highWatermark };
  }

  /** Where the log ends now. */
  async end({ rolledOffset }: PartitionState): Promise<number> {
    const last = await lastEntry(this.#deps.log, this.#at, rolledOffset);
    return last ? nextOffsetAfter(last) : rolledOffset;
  }

  /** Every entry, in order, page by page. */
  async *entries({ rolledOffset }: PartitionState): AsyncGenerator<readonly LogEntry[]> {
    for await (const page of walk(this.#deps.log, this.#at, rolledOffset)) yield page.entries;
  }

  load(entry: LogEntry, reading?: BatchReading): Promise<readonly StoredBatch[]> {
    return loadBatches({ objects: this.#deps.objects, claims: this.#claims }, entry, reading);
  }

  /** The entries from the one that contains the offset, and where the log ended, unless it goes on past them. */
  async #stretchAt({ offset, maxBytes }: HotParams, state: PartitionState): Promise<Stretch> {
    const limit = Math.min(PAGE_TO, Math.max(PAGE_FROM, Math.ceil(maxBytes / TYPICAL_ENTRY_BYTES)));
    const page = await entriesPage(this.#deps.log, this.#at, offset, limit);
    const isAligned = page.entries[0]?.baseOffset === offset || this.#isBoundary(offset, state);
    const entries = isAligned ? page.entries : await this.#withEntryAround(offset, page.entries, state);
    const from = isAligned ? offset : (entries[0]?.baseOffset ?? offset);
    const end = boundaryAfter(entries, from);
    for (const entry of entries) this.#remember(nextOffsetAfter(entry));
    return { entries, end: page.more ? 'beyond' : end };
  }

  /** Puts the entry that contains the offset before those that follow it. */
  async #withEntryAround(
    offset: number,
    rest: readonly LogEntry[],
    { rolledOffset }: PartitionState,
  ): Promise<readonly LogEntry[]> {
    const around = await lastEntry(this.#deps.log, this.#at, rolledOffset, offset);
    const end = around ? nextOffsetAfter(around) : rolledOffset;
    if (around && end > offset) return [around, ...rest];
    if (rest[0]) throw new HoleError(end, rest[0].baseOffset);
    if (end < offset) throw pastEnd(offset, end);
    this.#remember(end);
    return [];
  }

  /** Batches of the entries, from the one that contains the offset, as many as fit but at least one. */
  async #batchesWithin(entries: readonly LogEntry[], params: HotParams): Promise<readonly StoredBatch[]> {
    const { offset, maxBytes } = params;
    if (maxBytes === 0) return [];
    const loaded = await Promise.all(
      leadingWithin(entries, maxBytes, entry => entry.payload.sizeInBytes).map(entry => this.load(entry, params)),
    );
    const batches = loaded.flat().filter(batch => batch.nextOffset > offset);
    return leadingWithin(batches, maxBytes, batch => batch.bytes.byteLength);
  }

  #isBoundary(offset: number, state: PartitionState): boolean {
    return offset === state.rolledOffset || this.#boundaries.has(offset);
  }

  #remember(boundary: number): void {
    this.#boundaries.add(boundary);
    const [oldest] = this.#boundaries;
    if (this.#boundaries.size > REMEMBERED_BOUNDARIES && oldest !== undefined) this.#boundaries.delete(oldest);
  }
}

const pastEnd = (offset: number, highWatermark: number) =>
  new MillraceError('OFFSET_OUT_OF_RANGE', `offset ${offset} is past the end of the log, ${highWatermark}`);
