/** What the client sends and receives: its own shapes, and those of the API where they differ. */

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

export interface CreateTopicParams {
  readonly topic: string;
  readonly partitions: number;
  /** Kafka's topic configuration, by its keys. */
  readonly config?: Readonly<Record<string, string>>;
}

export interface AlterTopicParams {
  readonly topic: string;
  readonly config: Readonly<Record<string, string>>;
}

/** A stretch of a partition's log in the object store. */
export interface Segment {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly sizeInBytes: number;
}

/** One page of a list of segments, as it is answered. */
export interface SegmentPage {
  readonly metadata: { readonly next: string | null };
  readonly data: readonly {
    readonly base_offset: number;
    readonly last_offset: number;
    readonly size_in_bytes: number;
  }[];
}

/** A record to produce: its key and value are any JSON, null for none. */
export interface JsonRecord {
  readonly key: unknown;
  readonly value: unknown;
  /** Milliseconds since the epoch; the time at which the server receives it, where it is left out. */
  readonly timestamp?: number;
}

/** A record as it was read. */
export interface ReadRecord extends Required<JsonRecord> {
  readonly offset: number;
}

export interface ProducerIdentity {
  readonly producerId: number;
  readonly producerEpoch: number;
}

/** Where a batch stands among its producer's; with it, a batch is stored once, however often it is sent. */
export interface ProducerSequence extends ProducerIdentity {
  /** Of the batch's first record. */
  readonly sequence: number;
}

export interface ProduceParams extends TopicPartition {
  readonly records: readonly JsonRecord[];
  /** Left out, a request whose outcome is unknown is not sent again. */
  readonly producer?: ProducerSequence;
}

/** What became of one record of a produce request. */
export type ProduceResult =
  | { readonly partition: number; readonly offset: number }
  | { readonly error: string; readonly retriable: boolean };

export interface ReadParams extends TopicPartition {
  readonly offset: number;
  /** How long the server waits for a record at the end of the partition, in milliseconds. */
  readonly maxWaitMs?: number;
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
}

/** What one read of a partition gave. */
export interface Page {
  readonly records: readonly ReadRecord[];
  /** Where to read on; past the last record, also where compaction took the ones between. */
  readonly nextOffset: number;
  /** The offset after the last that may be read. */
  readonly highWatermark: number;
}

export interface LatestParams {
  readonly topic: string;
  /** As they are produced: any JSON but null. */
  readonly keys: readonly unknown[];
  /** Where it is left out, the one that records with a key are produced to. */
  readonly partition?: number;
}

export interface SnapshotParams extends TopicPartition {
  /** Of one page, about. */
  readonly maxBytes?: number;
}

/** A page of a partition's newest records. */
export interface SnapshotPage {
  /** One of each key at most, on all pages together; none of keys that are deleted. */
  readonly records: readonly ReadRecord[];
  /** Newest records that are no JSON, or too large for an answer, and why. */
  readonly unreadable: readonly { readonly offset: number; readonly error: string }[];
  /** From which to follow the partition; the same on every page. */
  readonly followOffset: number;
  /** On the last page: how far to follow until all that was read is complete. */
  readonly highWatermark: number;
}

/** An offset by what it means. */
export type OffsetSpec =
  | { readonly kind: 'earliest' | 'latest' }
  /** The first record at `timestamp`, in milliseconds since the epoch, or later. */
  | { readonly kind: 'timestamp'; readonly timestamp: number };

/** The answer to a v2 produce: an offset or an error for each record. */
export interface ProducedBody {
  readonly offsets: readonly {
    readonly partition: number | null;
    readonly offset: number | null;
    readonly error_code: number | null;
    readonly error: string | null;
  }[];
}

/** The answer to a request for the newest records of keys. */
export interface LatestBody {
  readonly metadata: { readonly next: string | null };
  readonly data: readonly {
    readonly record: ReadRecord | null;
    readonly error_code?: number;
    readonly message?: string;
  }[];
}

export interface SnapshotBody {
  readonly metadata: { readonly next: string | null };
  readonly follow_offset: number;
  readonly high_watermark: number;
  readonly data: readonly (
    | ReadRecord
    | { readonly offset: number; readonly error_code: number; readonly message: string }
  )[];
}
