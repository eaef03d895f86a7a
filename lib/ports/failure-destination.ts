/** The port to the places outside of Millrace where records end that a trigger has given up: a queue, or a bucket. */

export interface FailedBatch {
  /** `arn:aws:sqs:…`, or `s3://<bucket>/<prefix>`. */
  readonly destination: string;
  /** What happened and to which records, as JSON; see `lib/triggers/failure-record.ts`. */
  readonly metadata: string;
  /** The event that failed, as JSON; buckets are given it too. */
  readonly payload: string;
  /** Names the batch, in one path segment: the same whenever it is sent again. */
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly failedAt: number;
}

export interface FailureDestination {
  /** What is wrong with a destination, where it is none that this deployment can send to. */
  refusalOf(destination: string): string | undefined;

  /** Resolves once it is there for certain; it may then be there twice. @throws MillraceError */
  send(batch: FailedBatch): Promise<void>;
}
