/**
 * What a stack says of the topics and triggers that it declares: the properties of two custom resources, which the constructs write
 * and a function reads.
 */

export const declaredKinds = { topic: 'Custom::MillraceTopic', trigger: 'Custom::MillraceTrigger' } as const;

export interface TopicProperties {
  readonly Name: string;
  readonly Partitions: number;
  /** All of it: what is left out has its default. */
  readonly Config: Readonly<Record<string, string>>;
}

/** Its settings have their defaults where they are left out. */
export interface TriggerProperties {
  readonly Name: string;
  readonly Topics: readonly string[];
  readonly GroupId: string;
  readonly StartingPosition: string;
  /** For AT_TIMESTAMP, in milliseconds. */
  readonly StartingTimestamp?: number;
  readonly Function: string;
  readonly FunctionTimeoutMs: number;
  readonly BatchSize?: number;
  readonly BatchBytes?: number;
  readonly BatchingWindowMs?: number;
  readonly Filters?: readonly string[];
  readonly MaximumRetryAttempts?: number;
  readonly MaximumRecordAgeMs?: number;
  readonly BisectsOnError?: boolean;
  readonly ReportsItemFailures?: boolean;
  readonly OnFailure?: string;
  readonly IsEnabled?: boolean;
}

/** Properties as CloudFormation hands them over: it writes every number and every truth value as text. */
export type HandedOver<T> = T extends string | number | boolean
  ? string
  : { readonly [Name in keyof T]: HandedOver<T[Name]> };
