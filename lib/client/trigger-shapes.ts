/** What the client sends and receives of triggers: its own shapes, and those of the API where they differ. */
import type { TopicPartition } from './api-shapes.ts';

/** How a trigger runs. What is left out is as it is by default, and in a change as it was. */
export interface TriggerSettings {
  /** A Lambda function by its ARN or name; on one machine a `file:` or `http:` URL. */
  readonly function?: string;
  /** No less than the function's own timeout, in milliseconds; whole seconds. */
  readonly functionTimeoutMs?: number;
  /** Records of one event, at most. */
  readonly batchSize?: number;
  /** How long a batch that is not full is waited for, in milliseconds; whole seconds. */
  readonly batchingWindowMs?: number;
  /** Patterns as EventBridge's; a record that matches none of them is passed over. */
  readonly filters?: readonly Readonly<Record<string, unknown>>[];
  /** -1 for ever. */
  readonly maximumRetryAttempts?: number;
  readonly bisectsOnError?: boolean;
  /** `kafka://<topic>`, an SQS queue's ARN, or `s3://<bucket>/<prefix>`; null for none. */
  readonly onFailure?: string | null;
}

export interface CreateTriggerParams extends TriggerSettings {
  readonly trigger: string;
  readonly topics: readonly string[];
  readonly function: string;
  /** TRIM_HORIZON, where it is left out. */
  readonly startingPosition?: 'TRIM_HORIZON' | 'LATEST';
}

export interface UpdateTriggerParams extends TriggerSettings {
  readonly trigger: string;
}

/** How far a trigger has come in one partition. */
export interface TriggerPartition extends TopicPartition {
  /** The next that is delivered. */
  readonly currentOffset: number;
  readonly lag: number;
  /** How often the records at the current offset have failed. */
  readonly failures: number;
  /** Of the last call; undefined where there was none, or all was well. */
  readonly error: string | undefined;
}

export interface TriggerDescription {
  /** Records of all partitions that are still to be delivered. */
  readonly lag: number;
  readonly partitions: readonly TriggerPartition[];
}

export interface TriggerBody {
  readonly lag: number;
  readonly partitions: readonly {
    readonly topic_name: string;
    readonly partition_id: number;
    readonly current_offset: number;
    readonly lag: number;
    readonly failures: number;
    readonly last_result: { readonly error: string | null } | null;
  }[];
}
