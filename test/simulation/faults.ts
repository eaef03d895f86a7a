/**
 * What may happen to a port call, and how often: drawn per run, so that some runs are calm and some are a storm.
 */
import type { SeededRandom } from '../../lib/adapters/memory/seeded-random.ts';

export const faultKinds = [
  'reply-lost',
  'request-lost',
  'applied-late',
  'throttled',
  'slow',
  'killed-before',
  'killed-after',
  'frozen-before',
  'frozen-after',
] as const;

export type FaultKind = (typeof faultKinds)[number];

export type FaultRates = Readonly<Record<FaultKind, number>>;

export type FaultCounts = Record<FaultKind, number>;

export const noFaults = (): FaultCounts => Object.fromEntries(faultKinds.map(kind => [kind, 0])) as FaultCounts;

/** A kind is off in half of the runs, otherwise rare or frequent. */
export function drawRates(random: SeededRandom): FaultRates {
  const rate = () => (random.float() < 0.5 ? 0 : random.float() ** 3 * 0.3);
  return Object.fromEntries(faultKinds.map(kind => [kind, rate()])) as FaultRates;
}

/** The fault that a call meets, if any. */
export function drawFault(random: SeededRandom, rates: FaultRates): FaultKind | undefined {
  let draw = random.float();
  for (const kind of faultKinds) {
    draw -= rates[kind] / 2;
    if (draw < 0) return kind;
  }
  return undefined;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** How long a worker is frozen, or a request is on its way: mostly seconds or minutes, at times hours or days. */
export function drawLongDelay(random: SeededRandom): number {
  const scales = [5 * SECOND, 40 * SECOND, 12 * MINUTE, 20 * MINUTE, 2 * HOUR, 30 * HOUR, 8 * 24 * HOUR];
  return (scales[random.below(scales.length)] ?? SECOND) * (0.5 + random.float());
}
