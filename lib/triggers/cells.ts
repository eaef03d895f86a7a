/** The item that a trigger is, as types; `items.ts` has its key and layout. How far it has come is in the cells of its group. */

export const startingPositions = ['TRIM_HORIZON', 'LATEST', 'AT_TIMESTAMP'] as const;

/** Where to begin in a partition that the trigger's group has no offset of. */
export type StartingPosition = (typeof startingPositions)[number];

/** What may be changed while a trigger lives, by the names that event source mappings of AWS Lambda have. */
export interface TriggerSettings {
  /**
   * What is invoked: the ARN or the name of a Lambda function; on one machine the path of a module as a `file:` URL, or an
   * `http:` URL that takes the event as a POST.
   */
  readonly function: string;
  /** No less than the function's own timeout: only after so long without an answer is it taken to have ended, in milliseconds. */
  readonly functionTimeoutMs: number;
  /** Records of one event, at most. */
  readonly batchSize: number;
  /** The event's JSON, in bytes, at most; a record that is larger alone goes to the destination. */
  readonly batchBytes: number;
  /** How long a batch that is not full is waited for, in milliseconds. */
  readonly batchingWindowMs: number;
  /** Patterns as EventBridge has them, each the text of a JSON object; a record that matches none of them is passed over. Empty: all match. */
  readonly filters: readonly string[];
  /** How often a batch is tried again after it failed; -1 for ever. */
  readonly maximumRetryAttempts: number;
  /** A record older than this, by its timestamp, goes to the destination, in milliseconds; -1 for never. */
  readonly maximumRecordAgeMs: number;
  /** Whether a batch that failed is split, so that what is wrong with it is found. */
  readonly bisectsOnError: boolean;
  /** Whether the function answers with the records that failed (`ReportBatchItemFailures`). */
  readonly reportsItemFailures: boolean;
  /** Where records end that are given up: `kafka://<topic>`, an SQS queue's ARN, or `s3://<bucket>/<prefix>`; nowhere where it is left out. */
  readonly onFailure?: string;
  /** Whether it runs; otherwise it is paused. */
  readonly isEnabled: boolean;
}

/** What is chosen once. */
export interface TriggerIdentity {
  readonly topics: readonly string[];
  readonly groupId: string;
  readonly startingPosition: StartingPosition;
  /** For AT_TIMESTAMP, in milliseconds. */
  readonly startingTimestamp?: number;
}

export const triggerPhases = ['creating', 'live', 'deleting'] as const;

/** A trigger that is being made, or taken away, does not run. */
export type TriggerPhase = (typeof triggerPhases)[number];

/** A trigger, stored under its name. */
export interface TriggerCell extends TriggerIdentity, TriggerSettings {
  /** Made anew whenever a trigger is created. */
  readonly triggerId: string;
  readonly phase: TriggerPhase;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** The life of its group, which does not end before the trigger does; none while it is being made. */
  readonly life: string;
  /** The group's epoch when the trigger took it: no member has had a right since. */
  readonly epoch: number;
  /** Who keeps it as they declare it, such as a resource of a stack; none of a trigger that was simply created. */
  readonly declaredBy?: string;
}

/** A trigger as it was read. */
export interface Trigger extends TriggerCell {
  readonly name: string;
  readonly version: number;
}
