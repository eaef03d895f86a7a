/** The settings of a trigger as a stack gives them: by the names of CDK's event sources for Kafka, where those have them. */
import { Duration, Token } from 'aws-cdk-lib';
import { type IFunction, Function as LambdaFunction, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import type { TriggerProperties } from '../../lib/protocol/declared.ts';
import { limits } from '../../lib/protocol/limits.ts';
import type { OnFailure } from './on-failure.ts';

export interface TriggerOptions {
  /** Where to begin in a partition that the consumer group has no offset of. */
  readonly startingPosition: StartingPosition;
  /** For AT_TIMESTAMP, in seconds since the epoch. */
  readonly startingPositionTimestamp?: number;
  /**
   * The group that holds how far the trigger has come. Changed, the trigger begins again; named, it can be found again.
   *
   * @default the name of the trigger
   */
  readonly consumerGroupId?: string;
  /**
   * Records of one event, at most; 1 to 10,000.
   *
   * @default 100
   */
  readonly batchSize?: number;
  /**
   * How long a batch that is not full is waited for; up to 5 minutes.
   *
   * @default 0: what is there is delivered
   */
  readonly maxBatchingWindow?: Duration;
  /**
   * The JSON of one event, in bytes, at most; a record that is larger alone goes to the destination.
   *
   * @default 6 MiB, as much as Lambda takes
   */
  readonly maxBatchBytes?: number;
  /**
   * Patterns of topic, partition, offset, timestamp, key, value and headers, made by `FilterCriteria.filter`; a record that matches none is
   * passed over. 10 at most.
   *
   * @default all records
   */
  readonly filters?: readonly Readonly<Record<string, unknown>>[];
  /**
   * How often a batch is tried again after it failed; 0 to 10,000, or -1 for ever.
   *
   * @default -1; with a destination that is 10
   */
  readonly retryAttempts?: number;
  /**
   * A record that is older goes to the destination; a minute to 7 days.
   *
   * @default none is too old
   */
  readonly maxRecordAge?: Duration;
  /**
   * Whether a batch that failed is split in two, so that what is wrong with it is found.
   *
   * @default false
   */
  readonly bisectBatchOnError?: boolean;
  /**
   * Whether the function answers with the records that failed.
   *
   * @default false
   */
  readonly reportBatchItemFailures?: boolean;
  /**
   * Where records end that are given up.
   *
   * @default nowhere: they are passed over
   */
  readonly onFailure?: OnFailure;
  /**
   * Whether it runs; otherwise it is paused, and keeps its place.
   *
   * @default true
   */
  readonly enabled?: boolean;
  /**
   * By which the API and the metrics know it.
   *
   * @default made of the names of the stack and the constructs
   */
  readonly triggerName?: string;
  /**
   * No less than the function's own timeout, which is taken where it is known; 13 minutes at most. Only after so long without an answer is
   * the function taken to have ended.
   *
   * @default the function's timeout; of a function that is only referred to it has to be given
   */
  readonly functionTimeout?: Duration;
}

type SettingProperties = Omit<TriggerProperties, 'Name' | 'Topics' | 'GroupId' | 'OnFailure'>;

/** What Lambda gives a function that does not say. */
const lambdaTimeout = Duration.seconds(3);

export function settingProperties(target: IFunction, options: TriggerOptions): SettingProperties {
  const { startingPosition, startingPositionTimestamp: since, maxBatchingWindow: window, maxRecordAge: age } = options;
  if ((startingPosition === StartingPosition.AT_TIMESTAMP) !== (since !== undefined)) {
    throw new Error('startingPosition AT_TIMESTAMP and startingPositionTimestamp go together');
  }
  const timeoutMs = timeoutOf(target, options.functionTimeout).toMilliseconds();
  return withoutUndefined({
    StartingPosition: startingPosition,
    StartingTimestamp: since === undefined ? undefined : since * 1_000,
    Function: target.functionArn,
    FunctionTimeoutMs: within('functionTimeout in milliseconds', timeoutMs, [1_000, limits.triggerTimeoutMs]),
    BatchSize: within('batchSize', options.batchSize, [1, limits.recordsPerTriggerEvent]),
    BatchBytes: within('maxBatchBytes', options.maxBatchBytes, [1_024, limits.triggerEventBytes]),
    BatchingWindowMs: within('maxBatchingWindow in milliseconds', window?.toMilliseconds(), [
      0,
      limits.batchingWindowMs,
    ]),
    Filters: options.filters && patternsOf(options.filters),
    MaximumRetryAttempts: within('retryAttempts', options.retryAttempts, [-1, limits.triggerRetries]),
    MaximumRecordAgeMs: within('maxRecordAge in milliseconds', age?.toMilliseconds(), [
      60_000,
      limits.triggerRecordAgeMs,
    ]),
    BisectsOnError: options.bisectBatchOnError,
    ReportsItemFailures: options.reportBatchItemFailures,
    IsEnabled: options.enabled,
  });
}

function timeoutOf(target: IFunction, given: Duration | undefined): Duration {
  const fn = functionBehind(target);
  const own = fn && (fn.timeout ?? lambdaTimeout);
  if (given && own && given.toMilliseconds() < own.toMilliseconds()) {
    throw new Error(
      `functionTimeout is ${given.toSeconds()} s, less than the ${own.toSeconds()} s of the function itself`,
    );
  }
  const timeout = given ?? own;
  if (timeout) return timeout;
  throw new Error(`${target.node.path} is only referred to: give functionTimeout, no less than its own timeout`);
}

/** The function that an alias or a version is of; none where it is not made here. */
function functionBehind(target: IFunction): LambdaFunction | undefined {
  if (target instanceof LambdaFunction) return target;
  const { lambda } = target as { readonly lambda?: IFunction };
  return lambda && functionBehind(lambda);
}

function patternsOf(filters: NonNullable<TriggerOptions['filters']>): readonly string[] {
  if (filters.length > limits.filtersPerTrigger) {
    throw new Error(`${filters.length} filters, a trigger has ${limits.filtersPerTrigger} at most`);
  }
  return filters.map(({ pattern }) => {
    if (typeof pattern !== 'string') throw new Error('a filter is made by FilterCriteria.filter({ … })');
    return pattern;
  });
}

/** What is a token now is checked at deployment. */
function within<T extends number | undefined>(name: string, value: T, [least, most]: readonly [number, number]): T {
  if (value === undefined || Token.isUnresolved(value)) return value;
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Error(`${name} is ${value}, it may be ${least} to ${most}`);
}

function withoutUndefined<T extends object>(properties: { readonly [Name in keyof T]: T[Name] | undefined }): T {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined)) as T;
}
