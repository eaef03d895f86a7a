/** Runs made for what seldom comes together in others, each for one thing: drawn apart, so that other runs stay what they are. */
import type { SeededRandom } from '../../lib/adapters/memory/seeded-random.ts';
import { type FaultKind, noFaults } from './faults.ts';
import { NO_UPKEEP, type Scenario } from './scenario.ts';
import { DAY, HOUR, MINUTE, SECOND } from './time.ts';
import { drawTrigger, NOTHING_FAILS, TIMERS, type TriggerScenario } from './trigger-scenario.ts';

export type MadeFor = 'lives' | 'failures' | 'resets' | 'pauses' | 'old-tails';

export const rivalUpkeeps = ['make', 'change', 'remove', 'replace', 'look'] as const;

export type RivalUpkeep = (typeof rivalUpkeeps)[number];

/** How a trigger is made, changed and taken away by several owners at once. */
export interface LivesScenario {
  readonly owners: number;
  /** Whether each trigger that is made has a group of its own, and begins at the end of the logs. */
  readonly hasGroupOfEach: boolean;
  /** How often each is done, relative to each other. */
  readonly upkeep: Readonly<Record<RivalUpkeep, number>>;
}

/** Of all runs that have no trigger yet; they lose what else they were to be made for. */
const SHARE = 0.1;

const PAUSES: Scenario['pauses'] = [
  { share: 0.85, upToMs: SECOND },
  { share: 0.13, upToMs: 10 * SECOND },
  { share: 0.02, upToMs: MINUTE },
];

interface Theme {
  readonly madeFor: MadeFor;
  readonly share: number;
  readonly draw: (random: SeededRandom, trigger: TriggerScenario) => Partial<Scenario>;
}

/** Where a life is harmed: its item is `counts trigger`, the head of its group `counts group`. */
const HARMED: readonly Harmed[] = [
  { call: 'cluster.get counts trigger', kinds: ['frozen-before', 'frozen-after', 'slow'], rate: 0.2 },
  { call: 'cluster.replace counts trigger', kinds: ['frozen-before', 'frozen-before', 'applied-late'], rate: 0.4 },
  { call: 'cluster.replace counts', kinds: ['killed-before', 'killed-after'], rate: 0.5 },
  { call: 'cluster.replace counts group', kinds: ['applied-late'], rate: 0.8, hasGroupOfEach: false },
  { call: 'cluster.create offset', kinds: ['frozen-before', 'slow', 'slow'], rate: 0.5, hasGroupOfEach: true },
];

interface Harmed {
  readonly call: string;
  readonly kinds: readonly FaultKind[];
  readonly rate: number;
  /** Where it makes a difference; either, where it is left out. */
  readonly hasGroupOfEach?: boolean;
}

const THEMES: readonly Theme[] = [
  {
    madeFor: 'lives',
    share: 0.55,
    draw: (random, trigger) => {
      const { call, kinds, rate, hasGroupOfEach = random.float() < 0.5 } = some(random, HARMED);
      const lives = { ...drawLives(random), hasGroupOfEach };
      return {
        focus: { call, kind: some(random, kinds), rate },
        trigger: { ...trigger, ...NOTHING_FAILS, startMs: SECOND, lives, upkeep: TIMERS },
      };
    },
  },
  // records that fail, in events with room for more, while the log grows
  {
    madeFor: 'failures',
    share: 0.12,
    draw: (random, trigger) => ({
      focus: undefined,
      skewMs: random.float() < 0.5 ? 0 : SECOND,
      plainProducers: 2,
      trigger: {
        ...trigger,
        ...NOTHING_FAILS,
        batchSize: 10,
        batchingWindowMs: 0,
        maximumRetryAttempts: 1 + random.below(4),
        failShare: random.float() < 0.5 ? 0 : 0.2,
        poisonShare: 0.1,
        startMs: SECOND,
        upkeep: TIMERS,
      },
    }),
  },
  // resets of a partition whose runner is just writing how far it is
  {
    madeFor: 'resets',
    share: 0.11,
    draw: (random, trigger) => ({
      focus: { call: 'cluster.replace offset', kind: 'slow', rate: 0.9 },
      plainProducers: 2,
      trigger: {
        ...trigger,
        ...NOTHING_FAILS,
        batchSize: 1,
        maximumRetryAttempts: -1,
        failShare: random.float() < 0.5 ? 0 : 0.3,
        startMs: 300,
        begins: 'earliest',
        upkeep: { ...TIMERS, due: 2, sweep: 0, turn: 3, reset: 4 },
      },
    }),
  },
  // pauses that were written by clocks far ahead of those that are left
  {
    madeFor: 'pauses',
    share: 0.11,
    draw: (random, trigger) => ({
      rates: { ...noFaults(), 'killed-before': 0.01, 'killed-after': 0.01 },
      focus: undefined,
      skewMs: 2 * HOUR,
      workers: 1,
      upkeep: { ...NO_UPKEEP, roll: 0.2 },
      trigger: {
        ...trigger,
        ...NOTHING_FAILS,
        batchSize: 1,
        maximumRetryAttempts: -1,
        poisonShare: 0.3,
        failShare: random.float() < 0.5 ? 0 : 0.6,
        startMs: SECOND,
        upkeep: TIMERS,
      },
    }),
  },
  // ends of logs that were read long before their reader heard of it
  {
    madeFor: 'old-tails',
    share: 1,
    draw: random => ({
      focus: { call: 'log.query', kind: 'frozen-after', rate: 0.05 },
      pauses: [{ share: 1, upToMs: 3 * SECOND }],
      nights: [9 * DAY, 35 * DAY],
      clientsFreezeToo: random.float() < 0.5,
      idempotentProducers: 1 + random.below(2),
      upkeep: { ...NO_UPKEEP, roll: 0.5, delete: 0.1, expire: 0.3, sweep: 0.1, night: 0.2 },
    }),
  },
];

export function madeForOneThing(random: SeededRandom, scenario: Scenario): Scenario {
  if (scenario.trigger || random.float() >= SHARE) return scenario;
  const trigger = { ...drawTrigger(random), prefix: '', isMadeLate: false };
  let draw = random.float();
  const theme = THEMES.find(({ share }) => {
    draw -= share;
    return draw < 0;
  });
  if (!theme) return scenario;
  const { group: _, ...others } = scenario;
  return { ...others, ...QUIET, workers: 2 + random.below(3), ...theme.draw(random, trigger), madeFor: theme.madeFor };
}

const drawLives = (random: SeededRandom): Omit<LivesScenario, 'hasGroupOfEach'> => ({
  owners: 1 + random.below(3),
  upkeep: { make: 2, change: random.float() < 0.5 ? 2 : 6, remove: 1, replace: 2, look: 2 },
});

/** Nothing fails but what the run is made for. */
const QUIET = {
  compacted: {},
  rates: noFaults(),
  skewMs: 0,
  pauses: PAUSES,
  freezes: [5 * SECOND, 40 * SECOND, 2 * MINUTE],
  nights: [],
  wallStands: false,
  clientsFreezeToo: false,
  plainProducers: 1,
  idempotentProducers: 0,
  readers: 0,
} satisfies Partial<Scenario>;

const some = <T>(random: SeededRandom, from: readonly T[]): T => from[random.below(from.length)] as T;
