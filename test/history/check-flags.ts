/** The options of a check as flags of `npm run check:history`. */
import type { CheckOptions } from './check-history.ts';

/** In the form of `parseArgs`. */
export const checkFlags = {
  'calm-from': { type: 'string' },
  'log-start-believed-ms': { type: 'string' },
  'producer-forgotten-ms': { type: 'string' },
  'starts-are-recorded': { type: 'boolean' },
} as const;

const times = {
  'calm-from': 'calmFrom',
  'log-start-believed-ms': 'logStartBelievedMs',
  'producer-forgotten-ms': 'producerForgottenMs',
} as const satisfies Record<string, keyof CheckOptions>;

type TimeFlag = keyof typeof times;

const timeFlags = Object.keys(times) as TimeFlag[];

type FlagValues = Readonly<Partial<Record<TimeFlag, string> & Record<'starts-are-recorded', boolean>>>;

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
  return { ...Object.fromEntries(given), startsAreRecorded: values['starts-are-recorded'] ?? false };
}

/** The flags that give the options, each after a space. */
export function flagsOf(options: CheckOptions): string {
  const given = timeFlags.flatMap(flag => {
    const value = options[times[flag]];
    return value === undefined ? [] : [` --${flag} ${value}`];
  });
  return [...given, ...(options.startsAreRecorded ? [' --starts-are-recorded'] : [])].join('');
}
