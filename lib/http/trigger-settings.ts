/** The settings of a trigger as JSON: the names are those of event source mappings, as v3 writes names, with its units. */
import * as z from 'zod';
import { limits } from '../protocol/limits.ts';
import { startingPositions, type TriggerCell } from '../triggers/cells.ts';
import { settingBounds } from '../triggers/settings.ts';
import type { SettingsOfTrigger } from '../triggers/update-trigger.ts';
import { isoTimestamp, toIso } from './iso-timestamp.ts';
import { JsonText, type KeptMembers } from './json/read-json.ts';
import { optional } from './record-schemas.ts';

const SECOND_MS = 1_000;
const REPORTS = 'ReportBatchItemFailures';

/** Left as it is, with all members that it has: what they mean is looked at later. */
const pattern = z
  .custom<Readonly<Record<string, unknown>>>(
    value => typeof value === 'object' && value !== null && !Array.isArray(value),
    { error: 'not an object' },
  )
  .meta({
    type: 'object',
    description: "A pattern as EventBridge's, of topic, partition, offset, timestamp, key, value and headers.",
  });

/** Patterns are read as the JSON that they are, for a number in them need not be written as an integer is. */
export const filtersAsText: KeptMembers = { depth: 1, names: new Set(['filters']) };

const filters = z
  .preprocess(
    value => (value instanceof JsonText ? (JSON.parse(value.text) as unknown) : value),
    z.array(pattern.refine(isFinitely, { error: 'has a number that is too large' })),
  )
  .meta({
    type: 'array',
    items: { type: 'object' },
    description: `A record that matches none of them is passed over; ${limits.filtersPerTrigger} at most.`,
  });

/** Whether all numbers within can be written as JSON again. */
function isFinitely(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  return typeof value !== 'object' || value === null || Object.values(value).every(isFinitely);
}

type Bounds = readonly [least: number, most: number, isEndless?: boolean];

const whole = ([least, most]: Bounds, unit = 1) =>
  z
    .int()
    .min(least / unit)
    .max(most / unit);

const wholeOrEndless = (bounds: Bounds, unit = 1) =>
  z.union([z.literal(-1), whole(bounds, unit)], {
    error: `not an integer from ${bounds[0] / unit} to ${bounds[1] / unit}, nor -1`,
  });

/** What may be changed; all of it is optional in a change. */
const settings = {
  function: z.string().meta({
    description: 'Lambda function by its ARN or name; on one machine a file: or http: URL.',
  }),
  function_timeout_in_seconds: optional(whole(settingBounds.functionTimeoutMs, SECOND_MS)).meta({
    description: `No less than the function's own timeout; 60 by default, ${limits.triggerTimeoutMs / SECOND_MS} at most.`,
  }),
  batch_size: optional(whole(settingBounds.batchSize)).meta({
    description: `Records of one event at most, 1 to ${limits.recordsPerTriggerEvent}; 100 by default.`,
  }),
  batch_bytes: optional(whole(settingBounds.batchBytes)).meta({
    description: `Bytes of one event's JSON at most; ${limits.triggerEventBytes} by default.`,
  }),
  maximum_batching_window_in_seconds: optional(whole(settingBounds.batchingWindowMs, SECOND_MS)).meta({
    description: 'How long a batch that is not full is waited for, 0 to 300; 0 by default.',
  }),
  filters: optional(filters),
  maximum_retry_attempts: optional(wholeOrEndless(settingBounds.maximumRetryAttempts)).meta({
    description: '-1, the default, for ever; with a destination that is 10.',
  }),
  maximum_record_age_in_seconds: optional(wholeOrEndless(settingBounds.maximumRecordAgeMs, SECOND_MS)).meta({
    description: '60 to 604,800; -1, the default, for ever.',
  }),
  bisect_batch_on_function_error: optional(z.boolean()),
  function_response_types: optional(z.array(z.literal(REPORTS)).max(1)),
  /** Null takes it away. */
  on_failure: z.string().max(limits.triggerFunctionLength).nullish().meta({
    description: "kafka://<topic>, an SQS queue's ARN, or s3://<bucket>/<prefix>; null for none.",
  }),
  enabled: optional(z.boolean()),
};

const topics = z.array(z.string().max(limits.topicNameLength));

export const newTrigger = z
  .strictObject({
    trigger_name: z.string(),
    topics,
    consumer_group_id: optional(z.string()).meta({ description: "The trigger's name, where it is left out." }),
    starting_position: optional(z.enum(startingPositions)).meta({ description: 'TRIM_HORIZON, where it is left out.' }),
    starting_position_timestamp: optional(isoTimestamp),
    ...settings,
  })
  .refine(
    ({ starting_position: at, starting_position_timestamp: time }) => (at === 'AT_TIMESTAMP') === (time !== undefined),
    {
      error: 'starting_position=AT_TIMESTAMP and a starting_position_timestamp come together',
    },
  );

export const changedTrigger = z.strictObject({ ...settings, function: optional(settings.function) });

type Given = z.output<typeof changedTrigger>;

/** Only what is given. */
export function settingsFrom(given: Given): SettingsOfTrigger {
  const toMs = (value: number) => (value < 0 ? value : value * SECOND_MS);
  const { on_failure: onFailure, filters, function_response_types: types } = given;
  return defined({
    function: given.function,
    functionTimeoutMs: mapped(given.function_timeout_in_seconds, toMs),
    batchSize: given.batch_size,
    batchBytes: given.batch_bytes,
    batchingWindowMs: mapped(given.maximum_batching_window_in_seconds, toMs),
    filters: filters?.map(each => JSON.stringify(each)),
    maximumRetryAttempts: given.maximum_retry_attempts,
    maximumRecordAgeMs: mapped(given.maximum_record_age_in_seconds, toMs),
    bisectsOnError: given.bisect_batch_on_function_error,
    reportsItemFailures: types && types.length > 0,
    onFailure,
    isEnabled: given.enabled,
  });
}

const mapped = <T, R>(value: T | undefined, map: (value: T) => R): R | undefined =>
  value === undefined ? undefined : map(value);

/** Without what is undefined. */
function defined(
  settings: { readonly [name in keyof SettingsOfTrigger]: SettingsOfTrigger[name] | undefined },
): SettingsOfTrigger {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as SettingsOfTrigger;
}

export const settingsData = z.object({
  topics: z.array(z.string()),
  function: z.string(),
  consumer_group_id: z.string(),
  starting_position: z.enum(startingPositions),
  starting_position_timestamp: z.iso.datetime().optional(),
  function_timeout_in_seconds: z.number(),
  batch_size: z.int(),
  batch_bytes: z.int(),
  maximum_batching_window_in_seconds: z.number(),
  filters: z.array(pattern),
  maximum_retry_attempts: z.int(),
  maximum_record_age_in_seconds: z.number(),
  bisect_batch_on_function_error: z.boolean(),
  function_response_types: z.array(z.string()),
  on_failure: z.string().nullable(),
});

/** The settings as the API shows them. */
export function shownSettings(trigger: TriggerCell): z.infer<typeof settingsData> {
  const { startingTimestamp, maximumRecordAgeMs: age } = trigger;
  return {
    topics: [...trigger.topics],
    function: trigger.function,
    consumer_group_id: trigger.groupId,
    starting_position: trigger.startingPosition,
    ...(startingTimestamp !== undefined && { starting_position_timestamp: toIso(startingTimestamp) }),
    function_timeout_in_seconds: trigger.functionTimeoutMs / SECOND_MS,
    batch_size: trigger.batchSize,
    batch_bytes: trigger.batchBytes,
    maximum_batching_window_in_seconds: trigger.batchingWindowMs / SECOND_MS,
    filters: trigger.filters.map(text => JSON.parse(text) as Record<string, unknown>),
    maximum_retry_attempts: trigger.maximumRetryAttempts,
    maximum_record_age_in_seconds: age < 0 ? age : age / SECOND_MS,
    bisect_batch_on_function_error: trigger.bisectsOnError,
    function_response_types: trigger.reportsItemFailures ? [REPORTS] : [],
    on_failure: trigger.onFailure ?? null,
  };
}
