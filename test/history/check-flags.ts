/** The options of a check as flags of `npm run check:history`. */
import type { CompactionSettings } from './check-compaction.ts';
import type { CheckOptions } from './check-history.ts';

/** In the form of `parseArgs`. */
export const checkFlags = {
  'calm-from': { type: 'string' },
  'calm-to': { type: 'string' },
  compacted: { type: 'string', multiple: true },
  'log-start-believed-ms': { type: 'string' },
  'producer-forgotten-ms': { type: 'string' },
  'starts-are-recorded': { type: 'boolean' },
} as const;

const times = {
  'calm-from': 'calmFrom',
  'calm-to': 'calmTo',
  'log-start-believed-ms': 'logStartBelievedMs',
  'producer-forgotten-ms': 'producerForgottenMs',
} as const satisfies Record<string, keyof CheckOptions>;

type TimeFlag = keyof typeof times;

const timeFlags = Object.keys(times) as TimeFlag[];

type FlagValues = Readonly<
  Partial<Record<TimeFlag, string> & { 'starts-are-recorded': boolean; compacted: readonly string[] }>
>;

/** A compacted topic: its name, lag, retention of tombstones, and by how much clocks differ. */
function compactedOf(text: string): readonly [string, CompactionSettings] {
  const [topic = '', ...ms] = text.split(':');
  const [minLagMs, deleteRetentionMs, clockSkewMs = 0] = ms.map(Number);
  const isGood = [2, 3].includes(ms.length) && ms.every(each => each.trim() !== '' && !Number.isNaN(Number(each)));
  if (!isGood || minLagMs === undefined || deleteRetentionMs === undefined) {
    throw new Error(`--compacted ${text} is not TOPIC:MIN_LAG_MS:DELETE_RETENTION_MS[:CLOCK_SKEW_MS]`);
  }
  return [topic, { minLagMs, deleteRetentionMs, clockSkewMs }];
}

/** @throws Error where a time is no number */
export function optionsOf(values: FlagValues): CheckOptions {
  const given = timeFlags.flatMap(flag => {
    const value = values[flag];
    if (value === undefined) return [];
    if (value.trim() === '' || Number.isNaN(Number(value))) {
      throw new Error(`--${flag} ${value} is no number of milliseconds`);
    }
    return [[times[flag], Number(value)] as const];
  });
  return {
    ...Object.fromEntries(given),
    startsAreRecorded: values['starts-are-recorded'] ?? false,
    ...(values.compacted && { compacted: Object.fromEntries(values.compacted.map(compactedOf)) }),
  };
}

/** The flags that give the options, each after a space. */
export function flagsOf(options: CheckOptions): string {
  const given = timeFlags.flatMap(flag => {
    const value = options[times[flag]];
    return value === undefined ? [] : [` --${flag} ${value}`];
  });
  const compacted = Object.entries(options.compacted ?? {}).map(
    ([topic, { minLagMs, deleteRetentionMs, clockSkewMs = 0 }]) =>
      ` --compacted ${topic}:${minLagMs}:${deleteRetentionMs}:${clockSkewMs}`,
  );
  return [...given, ...compacted, ...(options.startsAreRecorded ? [' --starts-are-recorded'] : [])].join('');
}
