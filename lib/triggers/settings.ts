/** The settings of a trigger: what they are where they are left out, and what they may be. */
import { MillraceError } from '../protocol/errors.ts';
import { limits } from '../protocol/limits.ts';
import type { TriggerIdentity, TriggerSettings } from './cells.ts';
import { compileFilters } from './filter.ts';

/** What AWS Lambda's event source mappings have for Kafka, where they have it. */
export const defaultSettings: Omit<TriggerSettings, 'function'> = {
  functionTimeoutMs: 60_000,
  batchSize: 100,
  batchBytes: limits.triggerEventBytes,
  batchingWindowMs: 0,
  filters: [],
  maximumRetryAttempts: -1,
  maximumRecordAgeMs: -1,
  bisectsOnError: false,
  reportsItemFailures: false,
  isEnabled: true,
};

/** All settings, those that are left out as they are by default. */
export const triggerSettings = (
  given: Partial<TriggerSettings> & Pick<TriggerSettings, 'function'>,
): TriggerSettings => ({
  ...defaultSettings,
  ...given,
});

/** A setting that is a whole number, the least and the most that it may be, and whether -1 means for ever. */
type Bounds = readonly [least: number, most: number, isEndless?: boolean];

export const settingBounds = {
  functionTimeoutMs: [1_000, limits.triggerTimeoutMs],
  batchSize: [1, limits.recordsPerTriggerEvent],
  batchBytes: [1_024, limits.triggerEventBytes],
  batchingWindowMs: [0, limits.batchingWindowMs],
  maximumRetryAttempts: [0, limits.triggerRetries, true],
  maximumRecordAgeMs: [60_000, limits.triggerRecordAgeMs, true],
} as const satisfies Partial<Record<keyof TriggerSettings, Bounds>>;

/** @throws MillraceError INVALID_REQUEST that names the setting and its limit */
export function checkSettings(settings: TriggerSettings): void {
  for (const [name, bounds] of Object.entries(settingBounds) as [keyof typeof settingBounds, Bounds][]) {
    checkBounds(name, settings[name], bounds);
  }
  if (settings.function === '' || settings.function.length > limits.triggerFunctionLength) {
    throw invalid(
      `function has ${settings.function.length} characters, it may have 1 to ${limits.triggerFunctionLength}`,
    );
  }
  if (settings.filters.length > limits.filtersPerTrigger) {
    throw invalid(`${settings.filters.length} filters, the limit is ${limits.filtersPerTrigger}`);
  }
  compileFilters(settings.filters);
}

function checkBounds(name: string, value: number, [least, most, isEndless = false]: Bounds): void {
  const isIn = Number.isSafeInteger(value) && value >= least && value <= most;
  if (isIn || (isEndless && value === -1)) return;
  throw invalid(`${name} is ${value}, it may be ${least} to ${most}${isEndless ? ', or -1' : ''}`);
}

/** @throws MillraceError INVALID_REQUEST */
export function checkIdentity({ topics, startingPosition, startingTimestamp }: TriggerIdentity): void {
  if (topics.length === 0 || topics.length > limits.topicsPerTrigger) {
    throw invalid(`${topics.length} topics, a trigger has 1 to ${limits.topicsPerTrigger}`);
  }
  if (new Set(topics).size !== topics.length) throw invalid('a topic is named twice');
  if ((startingPosition === 'AT_TIMESTAMP') !== (startingTimestamp !== undefined)) {
    throw invalid('AT_TIMESTAMP and a starting timestamp come together');
  }
}

const invalid = (detail: string) => new MillraceError('INVALID_REQUEST', detail);
