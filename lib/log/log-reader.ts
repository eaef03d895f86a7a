/**
 * Reading one partition's log from any offset: segments below the rolled offset, entries from it on.
 *
 * Invariants: entries tile exactly, and so do segments; nothing is skipped silently, and the high watermark never goes back,
 * whichever worker answers: it always comes from a strongly consistent query of this very read.
 *
 * Cost: one query at the end of the log; one more for the high watermark when bytes cut the page, and one more when the
 * offset lies inside an entry. Below the rolled offset one ranged GET, and one query for the high watermark.
 */
import { MillraceError } from '../protocol/errors.ts';
import { ageMs, type Moment, momentNow } from './belief.ts';
import type { PartitionState } from './cells.ts';
import type { LogDeps } from './deps.ts';
import { HotLog } from './hot-log.ts';
import type { BatchReading, StoredBatch } from './load-batches.ts';
import type { LogEntry } from './log-entry.ts';
import type { ManifestStore } from './manifest-store.ts';
import type { ObjectClaims } from './object-claim.ts';
import { readPartitionState } from './partition-state.ts';
import { RolledLog } from './rolled-log.ts';
import type { LogSegment } from './segment.ts';
import type { TopicPartition } from './topic-partition.ts';
import { MovedError } from './walk.ts';

/** The partition state may be used for so long, and an answer that rests on it may be given for so long. */
const STATE_USE_MS = 30_000;
const STATE_ANSWER_MS = 15 * 60_000;

/** Times that a read begins anew when the log's boundaries move under it. */
const TRIES = 3;

/** What a look through a segment reads at once. */
const LOOK_BYTES = 1024 * 1024;

export interface ReadParams extends BatchReading {
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

/** A log to look through, as one partition state has it. */
export interface LogView {
  readonly logStartOffset: number;
  /** Every segment that has something to read, in order; those from the one that holds `from`. */
  segments(from?: number): AsyncIterable<LogSegment>;
  /** Those of them that may have a record of `timestamp` or later, in order. */
  segmentsSince(timestamp: number): AsyncIterable<LogSegment>;
  /** The largest timestamp of all segments, also where its record lies below the log start; -1 where there are none. */
  maxTimestampOfSegments(): Promise<number>;
  /** The batches of a segment from the one that holds the offset, as many as one look reads. */
  batchesFrom(segment: LogSegment, offset: number): Promise<readonly StoredBatch[]>;
  /** Every entry above the segments, in order, page by page. */
  entries(): AsyncIterable<readonly LogEntry[]>;
  batchesOf(entry: LogEntry): Promise<readonly StoredBatch[]>;
}

interface BelievedState {
  readonly value: PartitionState;
  readonly asOf: Moment;
}

interface ReaderParts {
  readonly claims: ObjectClaims;
  readonly manifests: ManifestStore;
}

export class LogReader {
  readonly #deps: LogDeps;
  readonly #at: TopicPartition;
  readonly #hot: HotLog;
  readonly #rolled: RolledLog;
  #state: BelievedState | undefined;

  constructor(deps: LogDeps, at: TopicPartition, { claims, manifests }: ReaderParts) {
    this.#deps = deps;
    this.#at = at;
    this.#hot = new HotLog(deps, at, claims);
    this.#rolled = new RolledLog(deps.objects, manifests);
  }

  /**
   * Whole batches from the one that contains the offset.
   *
   * @throws MillraceError OFFSET_OUT_OF_RANGE below the log start or above the end
   */
  read(params: ReadParams): Promise<ReadResult> {
    const { offset } = params;
    return this.#consistently(async state => {
      const { logStartOffset, rolledOffset } = state;
      if (offset < logStartOffset) throw belowStart(offset, logStartOffset);
      const page = offset < rolledOffset ? await this.#readRolled(state, params) : await this.#hot.read(state, params);
      return { ...page, logStartOffset };
    });
  }

  /** The log's bounds as of now: one query. */
  bounds(): Promise<{ readonly logStartOffset: number; readonly highWatermark: number }> {
    return this.#consistently(async state => ({
      logStartOffset: state.logStartOffset,
      highWatermark: await this.#hot.end(state),
    }));
  }

  /** Looks through the log, again from the start where its boundaries moved meanwhile. */
  look<T>(through: (log: LogView) => Promise<T>): Promise<T> {
    return this.#consistently(state => through(this.#viewOf(state)));
  }

  /** Makes the next read ask for the boundaries: this process moved them, or the answer must not rest on a belief. */
  forget(): void {
    this.#state = undefined;
  }

  #viewOf(state: PartitionState): LogView {
    const { logStartOffset, rolledOffset } = state;
    const rolled = this.#rolled;
    return {
      logStartOffset,
      async *segments(from = logStartOffset) {
        const offset = Math.max(from, logStartOffset);
        if (offset < rolledOffset) yield* rolled.segmentsFrom(state, offset);
      },
      segmentsSince: timestamp => rolled.segmentsSince(state, { offset: logStartOffset, timestamp }),
      maxTimestampOfSegments: () => rolled.maxTimestamp(state),
      batchesFrom: (segment, offset) => rolled.readFrom(segment, { offset, maxBytes: LOOK_BYTES }),
      entries: () => this.#hot.entries(state),
      batchesOf: entry => this.#hot.load(entry),
    };
  }

  /** From segments, and on into the entries where there is room. */
  async #readRolled(state: PartitionState, params: ReadParams): Promise<Omit<ReadResult, 'logStartOffset'>> {
    const { offset, maxBytes, isRaw } = params;
    if (maxBytes === 0) return { batches: [], nextOffset: offset, highWatermark: await this.#hot.end(state) };
    const [page, end] = await Promise.all([this.#rolled.read(state, params), this.#hot.end(state)]);
    const left = maxBytes - page.sizeInBytes;
    const isAll = page.nextOffset < state.rolledOffset || page.nextOffset === end;
    if (isAll || left <= 0) return { ...page, highWatermark: end };
    const more = await this.#hot.read(state, { offset: page.nextOffset, maxBytes: left, isRaw });
    const fits = page.batches.length === 0 || (more.batches[0]?.bytes.byteLength ?? 0) <= left;
    return fits
      ? { ...more, batches: [...page.batches, ...more.batches] }
      : { ...page, highWatermark: more.highWatermark };
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
        if (!(error instanceof MovedError) && mayAnswer()) throw error;
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
}

const moved = (cause: unknown) =>
  new MillraceError('STORAGE_ERROR', 'the log has a hole, or its boundaries move too fast; try again', { cause });

const belowStart = (offset: number, logStartOffset: number) =>
  new MillraceError('OFFSET_OUT_OF_RANGE', `offset ${offset} is below the log start, ${logStartOffset}`);
