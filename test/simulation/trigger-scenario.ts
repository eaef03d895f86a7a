/** How a run's trigger is made up, if it has one: drawn apart, so that other runs stay what they are. */
import type { SeededRandom } from '../../lib/adapters/memory/seeded-random.ts';
import { drawRates, type Focus } from './faults.ts';
import type { Scenario } from './scenario.ts';
import { HOUR, MINUTE, SECOND } from './time.ts';

export interface TriggerScenario {
  readonly batchSize: number;
  readonly batchingWindowMs: number;
  readonly functionTimeoutMs: number;
  readonly bisectsOnError: boolean;
  readonly reportsItemFailures: boolean;
  /** How often what fails is tried again, and then given up; for ever, where it is -1. */
  readonly maximumRetryAttempts: number;
  /** How the values begin that its filters let through; all, where it is empty. */
  readonly prefix: string;
  /** Of invocations: those that fail, whose reply is lost, that are throttled, and that come late. */
  readonly failShare: number;
  readonly unknownShare: number;
  readonly throttleShare: number;
  readonly lateShare: number;
  /** Of records: those that the function never takes, and those with which a runner dies. */
  readonly poisonShare: number;
  readonly deadlyShare: number;
  /** Of wake-ups and of starts: those that are lost; and of starts, those that happen twice. */
  readonly lostShare: number;
  readonly twiceShare: number;
  /** Whether it is made in the midst of all, and where it begins. */
  readonly isMadeLate: boolean;
  readonly begins: 'earliest' | 'latest';
  /** How often each kind of upkeep happens, relative to each other. */
  readonly upkeep: Readonly<Record<TriggerUpkeep, number>>;
}

export const triggerUpkeeps = ['due', 'sweep', 'turn', 'change', 'reset', 'remove', 'intrude'] as const;

export type TriggerUpkeep = (typeof triggerUpkeeps)[number];

const NO_UPKEEP: Readonly<Record<TriggerUpkeep, number>> = {
  due: 0,
  sweep: 0,
  turn: 0,
  change: 0,
  reset: 0,
  remove: 0,
  intrude: 0,
};

/** Runs that are made for something else are mostly left to it. */
const TRIGGER_SHARE = { taken: 0.06, others: 0.33 };

/** Calls at which a trigger is most easily harmed. */
const FOCUSED_CALLS = [
  'cluster.replace offset',
  'cluster.replace offset',
  'cluster.create offset',
  'cluster.replace counts',
  'cluster.create',
  'cluster.delete',
  'cluster.get',
  'log.query',
];

const KINDS = ['frozen-before', 'frozen-after', 'killed-before', 'killed-after', 'applied-late'] as const;

/** Further apart than anybody waits for another. */
const APART_MS = 2 * HOUR;

export function withTrigger(random: SeededRandom, scenario: Scenario): Scenario {
  const isOften = (chance: number) => random.float() < chance;
  const some = <T>(from: readonly T[]): T => from[random.below(from.length)] as T;
  const isTaken = scenario.group !== undefined || Object.keys(scenario.compacted).length > 0;
  if (!isOften(isTaken ? TRIGGER_SHARE.taken : TRIGGER_SHARE.others)) return scenario;
  const trigger = drawTrigger(random);
  // beside what the run is made for, which stays as it is
  if (isTaken)
    return {
      ...scenario,
      trigger: { ...trigger, prefix: '', isMadeLate: false, upkeep: { ...NO_UPKEEP, due: 6, sweep: 1 } },
    };
  const isGentle = isOften(0.4);
  const rates = Object.entries(drawRates(random)).map(([name, rate]) => {
    return [name, isGentle && !isGentleFault(name) ? 0 : rate / 4];
  });
  const isApart = isOften(0.1);
  return {
    ...scenario,
    trigger,
    rates: Object.fromEntries(rates),
    focus: isGentle ? drawSlowness(random) : drawHarm(random),
    freezes: [5 * SECOND, 20 * SECOND, 2 * MINUTE, 10 * MINUTE, 20 * MINUTE],
    nights: [],
    skewMs: isApart ? APART_MS : some([0, SECOND]),
    wallStands: false,
    plainProducers: 1 + random.below(2),
    idempotentProducers: random.below(2),
    readers: random.below(2),
    pauses: [
      { share: 0.8, upToMs: SECOND },
      { share: 0.17, upToMs: 10 * SECOND },
      { share: 0.03, upToMs: 2 * MINUTE },
    ],
    // of clocks that far apart objects look old, and names free
    ...(isApart && { upkeep: { ...scenario.upkeep, sweep: 0, remove: 0, recreate: 0, drop: 0 } }),
  };
}

function drawTrigger(random: SeededRandom): TriggerScenario {
  const isOften = (chance: number) => random.float() < chance;
  const some = <T>(from: readonly T[]): T => from[random.below(from.length)] as T;
  const isTurned = isOften(0.4);
  const isRemoved = isTurned && isOften(0.5);
  return {
    batchSize: some([1, 3, 10]),
    batchingWindowMs: some([0, 0, 0, 2 * SECOND]),
    functionTimeoutMs: some([SECOND, 5 * SECOND]),
    bisectsOnError: isOften(0.5),
    reportsItemFailures: isOften(0.5),
    maximumRetryAttempts: some([-1, 0, 2]),
    prefix: some(['', '', '', 'p']),
    failShare: some([0, 0, 0.1, 0.4]),
    unknownShare: some([0, 0, 0.1]),
    throttleShare: some([0, 0, 0.2]),
    lateShare: some([0, 0, 0.3]),
    poisonShare: some([0, 0, 0.05]),
    deadlyShare: some([0, 0, 0.03]),
    lostShare: some([0, 0, 0.3]),
    twiceShare: some([0, 0.1, 0.5]),
    isMadeLate: isOften(0.3),
    begins: isOften(0.7) ? 'earliest' : 'latest',
    upkeep: {
      due: 6,
      sweep: 1,
      turn: isTurned ? 2 : 0,
      change: isTurned ? 1 : 0,
      reset: isTurned && isOften(0.5) ? 2 : 0,
      remove: isRemoved ? 1 : 0,
      intrude: isRemoved || isOften(0.7) ? 0 : 1,
    },
  };
}

/** Whether a fault stops no worker, and loses nothing. */
export const isGentleFault = (fault: string): boolean => fault === 'slow' || fault === 'throttled';

function drawHarm(random: SeededRandom): Focus | undefined {
  const call = FOCUSED_CALLS[random.below(FOCUSED_CALLS.length)] ?? '';
  const kind = KINDS[random.below(KINDS.length)] ?? 'applied-late';
  return random.float() < 0.3 ? undefined : { call, kind, rate: 0.1 };
}

/** What grows while a runner is about to give its partition back is seen by its last look alone. */
const drawSlowness = (random: SeededRandom): Focus | undefined =>
  random.float() < 0.5 ? undefined : { call: 'cluster.replace offset', kind: 'slow', rate: 0.5 };
