/** What callers hand to a log to be appended, and what they get back. */

/** The position of a batch in its producer's own sequence. */
export interface ProducerSequence {
  readonly producerId: number;
  readonly epoch: number;
  /** Sequence number of the batch's first record. */
  readonly sequence: number;
}

/** One RecordBatch v2; the base offset in its header means nothing. */
export interface AppendBatch {
  readonly bytes: Uint8Array;
  readonly count: number;
  readonly maxTimestamp: number;
  readonly producer?: ProducerSequence;
}

/** Batches that are stored all or none, side by side. */
export interface Append {
  readonly batches: readonly AppendBatch[];
  /** Whether records get the time of their append (`message.timestamp.type` LogAppendTime). */
  readonly stampAppendTime: boolean;
}

export interface Appended {
  readonly baseOffset: number;
  /** The append time that the records were stamped with, where they were. */
  readonly appendTime?: number;
}

export const sizeOf = (append: Append): number =>
  append.batches.reduce((bytes, batch) => bytes + batch.bytes.byteLength, 0);

export const countOf = (append: Append): number => append.batches.reduce((count, batch) => count + batch.count, 0);
