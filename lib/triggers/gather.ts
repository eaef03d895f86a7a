/**
 * What a trigger's function is given next: records from the committed offset on that its filters let through, as many as its settings
 * allow; or records to give up unseen, for they are too old or too large for any event.
 */
import type { Trigger } from './cells.ts';
import { EventBuilder } from './event.ts';
import type { PartitionOfTrigger } from './hold.ts';
import type { RecordSource, SourceRecord } from './record-source.ts';

/**
 * Records that are looked through for the first of an event, and as many again for the others: with filters that let little through
 * it is not waited for to be full, and what is passed over is committed now and then.
 */
const RECORDS_LOOKED_THROUGH = 50_000;

/** Pages that are looked through for the first record of an event: records may be large, or all of a page compacted away. */
const PAGES_LOOKED_THROUGH = 64;

/** Bytes of the records that are kept for one event, for it may have to be sent again. */
const KEPT_BYTES = 48 * 1024 * 1024;

/** Why records are given up, in AWS's words. */
export type GivenUpFor = 'RetryAttemptsExhausted' | 'RecordAgeExceeded' | 'MaximumPayloadSizeExceeded';

export type Gathered =
  /** Nothing up to `end`, which is the end of the log or of the range, or as far as was looked. */
  | { readonly kind: 'nothing'; readonly end: number; readonly isMore: boolean }
  | {
      readonly kind: 'event';
      readonly records: readonly SourceRecord[];
      readonly payload: string;
      readonly end: number;
    }
  | {
      readonly kind: 'given up';
      readonly records: readonly SourceRecord[];
      readonly reason: GivenUpFor;
      readonly end: number;
    };

/** Whether the trigger's filters let a record through. */
export type Matches = (record: SourceRecord & { readonly topic: string; readonly partition: number }) => boolean;

export interface GatherParams extends PartitionOfTrigger {
  readonly matches: Matches;
  readonly source: RecordSource;
  readonly from: number;
  /** The end of a range that is fixed. */
  readonly until: number | undefined;
  /** Whether the next record goes alone. */
  readonly isSolo: boolean;
  readonly bootstrapServers: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Called between pages. */
  readonly keep: () => Promise<void>;
  /** Waits for more at the end of the log; answers whether there may be more. Not asked where the range is fixed. */
  readonly waitForMore: (from: number) => Promise<boolean>;
}

export async function gather(params: GatherParams): Promise<Gathered> {
  const batch = new Batch(params);
  const { source, until = Number.POSITIVE_INFINITY } = params;
  for (let position = params.from, pages = 0; ; pages++) {
    if (position >= until) return batch.upTo(until);
    if (pages > 0) await params.keep();
    const { records, nextOffset, highWatermark } = await source.pageFrom(position);
    for (const record of records) {
      if (record.offset >= until || !batch.take(record)) return batch.upTo(Math.min(record.offset, until));
    }
    const isAtEnd = nextOffset <= position;
    position = nextOffset;
    if (batch.isEmpty) source.forgetBelow(position);
    batch.endPage(source.sizeInBytes);
    if (batch.isFull) return batch.upTo(Math.min(position, until));
    const isSure = !isAtEnd && nextOffset < highWatermark;
    if (isSure) continue;
    // a range that is fixed had its end when it was fixed; what is gone since was given up by retention
    const isMore = params.until === undefined && !batch.isEmpty && (await params.waitForMore(position));
    if (!isMore) return batch.upTo(Math.min(position, until));
  }
}

/** What is gathered so far: an event, or records to give up. */
class Batch {
  readonly #params: GatherParams;
  readonly #event: EventBuilder;
  readonly #records: SourceRecord[] = [];
  readonly #most: number;
  #givenUpFor: GivenUpFor | undefined;
  #lookedThrough = 0;
  #pages = 0;
  #isFull = false;

  constructor(params: GatherParams) {
    const { trigger, topic, at, bootstrapServers, isSolo } = params;
    this.#params = params;
    this.#most = isSolo ? 1 : trigger.batchSize;
    this.#event = new EventBuilder({
      topic,
      partition: at.partition,
      bootstrapServers,
      maxRecords: this.#most,
      maxBytes: trigger.batchBytes,
    });
  }

  get isEmpty(): boolean {
    return this.#records.length === 0;
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  /** Whether the record is dealt with: taken, or passed over. */
  take(record: SourceRecord): boolean {
    if (this.#isFull) return false;
    const { topic, at, matches } = this.#params;
    this.#lookedThrough++;
    if (!matches({ ...record, topic, partition: at.partition })) {
      this.#isFull = this.#lookedThrough >= RECORDS_LOOKED_THROUGH;
      return true;
    }
    const reason = this.#tooOld(record);
    if (!this.isEmpty && reason !== this.#givenUpFor) return this.#close();
    // what is given up together is no more than an event has room for
    const isIn = this.#event.add(record);
    if (!isIn && !this.isEmpty) return this.#close();
    if (reason) return this.#giveUp(record, reason);
    return isIn ? this.#add(record) : this.#giveUp(record, 'MaximumPayloadSizeExceeded');
  }

  /** A page is looked through to its end. */
  endPage(keptBytes: number): void {
    this.#pages++;
    const isFarEnough = this.isEmpty ? this.#pages >= PAGES_LOOKED_THROUGH : keptBytes >= KEPT_BYTES;
    this.#isFull ||= isFarEnough;
  }

  upTo(end: number): Gathered {
    const records = this.#records;
    if (records.length === 0) return { kind: 'nothing', end, isMore: this.#isFull };
    if (this.#givenUpFor) return { kind: 'given up', records, reason: this.#givenUpFor, end };
    return { kind: 'event', records, payload: this.#event.payload(), end };
  }

  #giveUp(record: SourceRecord, reason: GivenUpFor): boolean {
    this.#givenUpFor = reason;
    this.#add(record);
    // one that is too large goes by itself
    if (reason === 'MaximumPayloadSizeExceeded') this.#isFull = true;
    return true;
  }

  #add(record: SourceRecord): boolean {
    if (this.isEmpty) this.#lookedThrough = 0;
    this.#records.push(record);
    this.#isFull = this.#records.length >= this.#most;
    return true;
  }

  #close(): boolean {
    this.#isFull = true;
    return false;
  }

  #tooOld({ timestamp }: SourceRecord): GivenUpFor | undefined {
    const { trigger, now } = this.#params;
    const isTooOld = isOlderThan(trigger, now - timestamp);
    return isTooOld ? 'RecordAgeExceeded' : undefined;
  }
}

const isOlderThan = ({ maximumRecordAgeMs }: Trigger, ageMs: number): boolean =>
  maximumRecordAgeMs >= 0 && ageMs > maximumRecordAgeMs;
