/**
 * The newest record of every key of a partition, page by page: what a follower needs to begin with, in place of the whole log.
 *
 * A snapshot has an end, the end of the log when it was begun, from which its reader follows the log. Each page goes on through
 * the log and takes the records that are the newest of their key as the page is made, by a view that reaches to the end
 * at least; keys that are deleted, and records without a key, are left out. So no key comes twice: who is the newest of its
 * key below the end has no later record there. A record that was superseded above the end may be missing: what
 * superseded it comes to the follower.
 */
import { type Deadline, timeLeftMs } from '../log/deadline.ts';
import { MillraceError } from '../protocol/errors.ts';
import { recordAt } from '../record/decode-batch.ts';
import type { LogRecord } from '../record/record.ts';
import { withCompactedTopic } from './compacted-topic.ts';
import type { KeyView } from './key-view.ts';
import type { LatestServices } from './latest-records.ts';
import { copied, SCAN_BYTES, scanPage, sizeOfData } from './scan-page.ts';

/** Time in which a further stretch of the log can be read, and the page be written. */
const STRETCH_MS = 2_000;

/** What a record takes in a page beside its key, value and headers, about. */
const RECORD_BYTES = 64;

/** Read at once of the log at least, however little the page still holds. */
const LEAST_SCAN_BYTES = 64 * 1024;

/** How far a snapshot is. */
export interface SnapshotPlace {
  readonly topicId: string;
  readonly partition: number;
  /** Where the next page goes on. */
  readonly offset: number;
  readonly endOffset: number;
}

export interface SnapshotRequest {
  readonly topic: string;
  readonly partition: number;
  /** Of a page before; none for the first one. */
  readonly place?: SnapshotPlace | undefined;
  /** Of records: one comes whatever its size. */
  readonly maxBytes: number;
}

export interface SnapshotPage {
  readonly records: readonly LogRecord[];
  /** Behind the records; at the end, there are no more. */
  readonly place: SnapshotPlace;
  /** The end of the log as this page knows it. */
  readonly highWatermark: number;
}

/**
 * @throws MillraceError INVALID_REQUEST where the topic is not compacted, or the place is none of it; STORE_UNAVAILABLE where
 *   time is up before the keys of the log are read, try again
 */
export function snapshotRecords(
  services: LatestServices,
  request: SnapshotRequest,
  deadline: Deadline,
): Promise<SnapshotPage> {
  return withCompactedTopic(services.topics, request, ({ topicId }) => {
    const { partition, place, maxBytes } = request;
    if (place && (place.topicId !== topicId || place.partition !== partition)) throw otherLog();
    return services.keyViews.use({ topicId, partition }, async view => {
      const highWatermark = await view.catchUp(deadline);
      const endOffset = place?.endOffset ?? highWatermark;
      if (endOffset > highWatermark) throw pastEnd(endOffset, highWatermark);
      const gathered = new Gathered(maxBytes);
      // the rest is for what lies beyond the view, and to write the page
      const leastLeftMs = Math.max(STRETCH_MS, timeLeftMs(services.clock, deadline) / 2);
      let offset = place?.offset ?? 0;
      while (offset < endOffset && !gathered.isFull) {
        offset = await gathered.gather(view, offset, endOffset);
        if (timeLeftMs(services.clock, deadline) < leastLeftMs) break;
      }
      const keys = gathered.records.map(({ key }) => key);
      const newest = await view.newestOf(keys, endOffset, deadline);
      const records = gathered.records.filter(record => newest(record.key) === record.offset);
      const next = { topicId, partition, offset: Math.min(offset, endOffset), endOffset };
      return { records, place: next, highWatermark };
    });
  });
}

type KeyedRecord = LogRecord & { readonly key: Uint8Array };

/** Records that may be the newest of their keys. */
class Gathered {
  readonly records: KeyedRecord[] = [];
  readonly #maxBytes: number;
  #bytes = 0;
  #isFull = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  /** From a page of the log; returns where to go on. */
  gather(view: KeyView, offset: number, endOffset: number): Promise<number> {
    const maxBytes = Math.min(SCAN_BYTES, Math.max(LEAST_SCAN_BYTES, this.#maxBytes - this.#bytes));
    return scanPage(view.reader, { offset, maxBytes }, (at, cursor, header) => {
      if (at >= endOffset) return false;
      const key = cursor.key();
      if (key === null || cursor.valueLength < 0 || view.known(key) > at) return true;
      const record = { ...recordAt(cursor, header), key };
      const bytes = RECORD_BYTES + sizeOfData(record);
      this.#isFull = this.records.length > 0 && this.#bytes + bytes > this.#maxBytes;
      if (this.#isFull) return false;
      this.#bytes += bytes;
      // a view of the batch would keep all of it
      this.records.push(copied(record));
      return true;
    });
  }
}

const otherLog = () =>
  new MillraceError(
    'INVALID_REQUEST',
    'page_token is of another partition, or of a topic that is deleted; begin without it',
  );

const pastEnd = (endOffset: number, highWatermark: number) =>
  new MillraceError(
    'INVALID_REQUEST',
    `page_token is not one of ours: it ends at offset ${endOffset}, the log at ${highWatermark}; begin without it`,
  );
