/**
 * Reading one partition's log from any offset.
 *
 * Invariants: entries tile exactly, nothing is skipped silently, and the high watermark never goes back, whichever worker
 * answers: it always comes from a strongly consistent query of this very read.
 *
 * Cost: one query at the end of the log; one more for the high watermark when bytes cut the page, and one more when the
 * offset lies inside an entry.
 */
import { MillraceError } from '../protocol/errors.ts';
import { ageMs, type Moment, momentNow } from './belief.ts';
import type { PartitionState } from './cells.ts';
import type { LogDeps } from './deps.ts';
import { loadBatches, type StoredBatch } from './load-batches.ts';
import { type LogEntry, nextOffsetAfter } from './log-entry.ts';
import type { ObjectClaims } from './object-claim.ts';
import { readPartitionState } from './partition-state.ts';
import type { TopicPartition } from './topic-partition.ts';
import { boundaryAfter, entriesPage, HoleError, lastEntry, walk } from './walk.ts';

/** The partition state may be used for so long, and an answer that rests on it may be given for so long. */
const STATE_USE_MS = 30_000;
const STATE_ANSWER_MS = 15 * 60_000;

/** Boundaries remembered: offsets at which an entry ends, which stays true for ever. */
const REMEMBERED_BOUNDARIES = 1_024;

/** A page asks for as many entries as fill the bytes wanted at this size each, within limits. */
const TYPICAL_ENTRY_BYTES = 1_024;
const PAGE_FROM = 4;
const PAGE_TO = 1_000;

/** Times that a read begins anew when the log's boundaries move under it. */
const TRIES = 3;

export interface ReadParams {
  readonly offset: number;
  /** Whole batches up to so many bytes; the first batch comes whatever its size, unless this is 0. */
  readonly maxBytes: number;
}

export interface ReadResult {
  /** Empty at the end of the log. */
  readonly batches: readonly StoredBatch[];
  /** The offset to ask for next. */
  readonly nextOffset: number;
  readonly highWatermark: number;
  readonly logStartOffset: number;
}

interface BelievedState {
  readonly value: PartitionState;
  readonly asOf: Moment;
}

/** Entries that hold the offset asked for and what follows, and where the log ended when they were read. */
interface Stretch {
  readonly entries: readonly LogEntry[];
  readonly end: number | 'beyond';
}

export class LogReader {
  readonly #deps: LogDeps;
  readonly #at: TopicPartition;
  readonly #claims: ObjectClaims;
  readonly #boundaries = new Set<number>();
  #state: BelievedState | undefined;

  constructor(deps: LogDeps, at: TopicPartition, claims: ObjectClaims) {
    this.#deps = deps;
    this.#claims = claims;
    this.#at = at;
  }

  /**
   * Whole batches from the one that contains the offset.
   *
   * @throws MillraceError OFFSET_OUT_OF_RANGE below the log start or above the end
   */
  read(params: ReadParams): Promise<ReadResult> {
    const { offset } = params;
    return this.#consistently(async state => {
      if (offset < state.logStartOffset) throw outOfRange(offset, state.logStartOffset);
      const { entries, end } = await this.#stretchAt(params, state);
      const batches = await this.#batchesWithin(entries, params);
      const highWatermark = end === 'beyond' ? await this.#endOfLog(state) : end;
      const nextOffset = batches.at(-1)?.nextOffset ?? offset;
      return { batches, nextOffset, highWatermark, logStartOffset: state.logStartOffset };
    });
  }

  /** The log's bounds as of now: one query. */
  bounds(): Promise<{ readonly logStartOffset: number; readonly highWatermark: number }> {
    return this.#consistently(async state => ({
      logStartOffset: state.logStartOffset,
      highWatermark: await this.#endOfLog(state),
    }));
  }

  /** Every entry that can be read, in order, page by page. */
  async *entries(): AsyncGenerator<readonly LogEntry[]> {
    const { value } = await this.#believedState();
    try {
      for await (const page of walk(this.#deps.log, this.#at, value.rolledOffset)) yield page.entries;
    } catch (error) {
      throw error instanceof HoleError ? moved(error) : error;
    }
  }

  load(entry: LogEntry): Promise<readonly StoredBatch[]> {
    return loadBatches({ objects: this.#deps.objects, claims: this.#claims }, entry);
  }

  /** Runs a read that rests on the partition state, anew where the state turned out to be too old for its answer, or its error. */
  async #consistently<T>(read: (state: PartitionState) => Promise<T>): Promise<T> {
    let cause: unknown;
    for (let tries = 0; tries < TRIES; tries++) {
      const { value, asOf } = await this.#believedState();
      const mayAnswer = () => ageMs(this.#deps.clock, asOf) <= STATE_ANSWER_MS;
      try {
        const result = await read(value);
        if (mayAnswer()) return result;
      } catch (error) {
        if (!(error instanceof HoleError) && mayAnswer()) throw error;
        cause = error;
      }
      this.#state = undefined;
    }
    throw moved(cause);
  }

  async #believedState(): Promise<BelievedState> {
    if (this.#state && ageMs(this.#deps.clock, this.#state.asOf) <= STATE_USE_MS) return this.#state;
    const asOf = momentNow(this.#deps.clock);
    this.#state = { value: await readPartitionState(this.#deps.cluster, this.#at), asOf };
    return this.#state;
  }

  /** The entries from the one that contains the offset, and where the log ended, unless it goes on past them. */
  async #stretchAt({ offset, maxBytes }: ReadParams, state: PartitionState): Promise<Stretch> {
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
    state: PartitionState,
  ): Promise<readonly LogEntry[]> {
    const { rolledOffset, logStartOffset } = state;
    const around = await lastEntry(this.#deps.log, this.#at, rolledOffset, offset);
    const end = around ? nextOffsetAfter(around) : rolledOffset;
    if (around && end > offset) return [around, ...rest];
    if (rest[0]) throw new HoleError(end, rest[0].baseOffset);
    if (end < offset) throw outOfRange(offset, logStartOffset, end);
    this.#remember(end);
    return [];
  }

  /** Batches of the entries, from the one that contains the offset, as many as fit but at least one. */
  async #batchesWithin(
    entries: readonly LogEntry[],
    { offset, maxBytes }: ReadParams,
  ): Promise<readonly StoredBatch[]> {
    if (maxBytes === 0) return [];
    const loaded = await Promise.all(
      leadingWithin(entries, maxBytes, entry => entry.payload.sizeInBytes).map(entry => this.load(entry)),
    );
    const batches = loaded.flat().filter(batch => batch.nextOffset > offset);
    return leadingWithin(batches, maxBytes, batch => batch.bytes.byteLength);
  }

  async #endOfLog({ rolledOffset }: PartitionState): Promise<number> {
    const last = await lastEntry(this.#deps.log, this.#at, rolledOffset);
    return last ? nextOffsetAfter(last) : rolledOffset;
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

/** The leading items whose sizes add up to `maxBytes` at most; the first whatever its size. */
function leadingWithin<T>(items: readonly T[], maxBytes: number, sizeOf: (item: T) => number): readonly T[] {
  let bytes = 0;
  const beyond = items.findIndex((item, index) => {
    bytes += sizeOf(item);
    return index > 0 && bytes > maxBytes;
  });
  return beyond < 0 ? items : items.slice(0, beyond);
}

const moved = (cause: unknown) =>
  new MillraceError('STORAGE_ERROR', 'the log has a hole, or its boundaries move too fast; try again', { cause });

const outOfRange = (offset: number, logStartOffset: number, highWatermark?: number) =>
  new MillraceError(
    'OFFSET_OUT_OF_RANGE',
    highWatermark === undefined
      ? `offset ${offset} is below the log start, ${logStartOffset}`
      : `offset ${offset} is past the end of the log, ${highWatermark}`,
  );
