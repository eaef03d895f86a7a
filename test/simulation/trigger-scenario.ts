/** How a run's trigger is made up, if it has one: drawn apart, so that other runs stay what they are. */
import type { SeededRandom } from '../../lib/adapters/memory/seeded-random.ts';
import { drawRates, type FaultRates, type Focus } from './faults.ts';
import type { LivesScenario } from './made-for.ts';
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
  /** How long a start may take until its runner is there, in milliseconds. */
  readonly startMs: number;
  /** Whether it is made in the midst of all, and where it begins. */
  readonly isMadeLate: boolean;
  readonly begins: 'earliest' | 'latest';
  /** How often each kind of upkeep happens, relative to each other. */
  readonly upkeep: Readonly<Record<TriggerUpkeep, number>>;
  /** How several owners make it and take it away, where it has several. */
  readonly lives?: LivesScenario;
}

export const triggerUpkeeps = [
  'due',
  'sweep',
  'turn',
  'change',
  'reset',
  'remove',
  'intrude',
  'quiet',
  'look',
] as const;

export type TriggerUpkeep = (typeof triggerUpkeeps)[number];

export const TIMERS: TriggerScenario['upkeep'] = {
  due: 6,
  sweep: 1,
  turn: 0,
  change: 0,
  reset: 0,
  remove: 0,
  intrude: 0,
  quiet: 0,
  look: 0,
};

/** Runs that are made for something else are mostly left to it. */
const TRIGGER_SHARE = { compacted: 0.03, grouped: 0.06, others: 0.33 };

const PAUSES: Scenario['pauses'] = [
  { share: 0.8, upToMs: SECOND },
  { share: 0.17, upToMs: 10 * SECOND },
  { share: 0.03, upToMs: 2 * MINUTE },
];

/** Clocks are no further apart than anybody waits for another, or else much further. */
const APART_MS = 2 * HOUR;

export const NOTHING_FAILS: Partial<TriggerScenario> = {
  failShare: 0,
  unknownShare: 0,
  throttleShare: 0,
  lateShare: 0,
  poisonShare: 0,
  deadlyShare: 0,
  lostShare: 0,
  twiceShare: 0,
};

type Themed = Pick<Scenario, 'rates' | 'focus' | 'skewMs'> &
  Partial<Pick<Scenario, 'pauses'>> & { readonly trigger: TriggerScenario };

/** What a run is made for. */
interface Theme {
  readonly share: number;
  readonly draw: (random: SeededRandom, trigger: TriggerScenario) => Themed;
}

const THEMES: readonly Theme[] = [
  // nothing is lost, and nobody stops: then all is done soon, and what fails is counted to the last
  {
    share: 0.22,
    draw: (random, trigger) => ({
      rates: drawQuarter(random, isGentleFault),
      focus: undefined,
      skewMs: random.float() < 0.5 ? 0 : SECOND,
      trigger,
    }),
  },
  // what grows while a runner gives its partition back is seen by its last look alone, and waits for nothing else
  {
    share: 0.12,
    draw: (random, trigger) => ({
      rates: drawQuarter(random, fault => fault === 'slow'),
      focus: { call: 'cluster.replace offset', kind: 'slow', rate: 0.4 },
      skewMs: 0,
      pauses: [
        { share: 0.6, upToMs: SECOND },
        { share: 0.3, upToMs: 30 * SECOND },
        { share: 0.1, upToMs: 5 * MINUTE },
      ],
      trigger: {
        ...trigger,
        ...NOTHING_FAILS,
        startMs: 300,
        isMadeLate: false,
        upkeep: { ...TIMERS, due: 0, sweep: 0, look: 1 },
      },
    }),
  },
  // resets of what is just being written
  {
    share: 0.08,
    draw: (random, trigger) => ({
      rates: drawQuarter(random, isGentleFault),
      focus: { call: 'cluster.replace offset', kind: 'slow', rate: 0.9 },
      skewMs: 0,
      trigger: { ...trigger, upkeep: { ...TIMERS, due: 2, turn: 1, reset: 4 } },
    }),
  },
  // triggers that are taken away and made again while something fails
  {
    share: 0.08,
    draw: (random, trigger) => ({
      rates: drawQuarter(random, isGentleFault),
      focus: undefined,
      skewMs: 0,
      trigger: {
        ...trigger,
        maximumRetryAttempts: 2 + random.below(4),
        failShare: 0.5,
        deadlyShare: 0,
        upkeep: { ...TIMERS, due: 4, turn: 1, remove: 4 },
      },
    }),
  },
  // workers that stop just as they remove what they noted, while others have begun anew
  {
    share: 0.1,
    draw: (random, trigger) => ({
      rates: { ...drawQuarter(random), 'killed-before': 0.01, 'killed-after': 0.01 },
      focus: { call: 'cluster.delete', kind: random.float() < 0.5 ? 'frozen-before' : 'applied-late', rate: 0.5 },
      skewMs: 0,
      trigger: { ...trigger, deadlyShare: 0, twiceShare: 0.5, startMs: SECOND },
    }),
  },
  // clocks that are hours apart: what they say of one another is not believed
  {
    share: 0.12,
    draw: (random, trigger) => ({
      rates: drawQuarter(random),
      focus: drawHarm(random),
      skewMs: APART_MS,
      trigger: {
        ...trigger,
        maximumRetryAttempts: -1,
        poisonShare: random.float() < 0.5 ? 0 : 0.1,
        failShare: random.float() < 0.5 ? 0 : 0.6,
        deadlyShare: 0,
        upkeep: TIMERS,
      },
    }),
  },
  // workers that stop, most often where it harms a trigger most
  {
    share: 1,
    draw: (random, trigger) => ({
      rates: drawQuarter(random),
      focus: drawHarm(random),
      skewMs: random.float() < 0.5 ? 0 : SECOND,
      trigger,
    }),
  },
];

export function withTrigger(random: SeededRandom, scenario: Scenario): Scenario {
  const made = madeFor(scenario);
  if (random.float() >= TRIGGER_SHARE[made]) return scenario;
  const drawn = drawTrigger(random);
  // beside what the run is made for, which stays as it is
  if (made !== 'others') return { ...scenario, trigger: { ...drawn, prefix: '', isMadeLate: false, upkeep: TIMERS } };
  let draw = random.float();
  const theme = THEMES.find(({ share }) => {
    draw -= share;
    return draw < 0;
  });
  const themed = theme?.draw(random, drawn);
  return {
    ...scenario,
    pauses: PAUSES,
    ...themed,
    freezes: [5 * SECOND, 20 * SECOND, 2 * MINUTE, 10 * MINUTE, 20 * MINUTE],
    nights: [],
    wallStands: false,
    plainProducers: 1 + random.below(2),
    idempotentProducers: drawn.prefix === '' ? random.below(2) : 1,
    readers: random.below(2),
    // of clocks that far apart objects look old, and names free
    ...(themed?.skewMs === APART_MS && {
      upkeep: { ...scenario.upkeep, sweep: 0, remove: 0, recreate: 0, drop: 0 },
    }),
  };
}

function madeFor({ compacted, group }: Scenario): keyof typeof TRIGGER_SHARE {
  if (Object.keys(compacted).length > 0) return 'compacted';
  return group === undefined ? 'others' : 'grouped';
}

export function drawTrigger(random: SeededRandom): TriggerScenario {
  const isOften = (chance: number) => random.float() < chance;
  const some = <T>(from: readonly T[]): T => from[random.below(from.length)] as T;
  const isTurned = isOften(0.5);
  const isRemoved = isTurned && isOften(0.5);
  const isMadeLate = isOften(0.3);
  const isIntruded = !isRemoved && isOften(0.4);
  return {
    batchSize: some([1, 3, 10]),
    batchingWindowMs: some([0, 0, 0, 2 * SECOND]),
    functionTimeoutMs: some([SECOND, 5 * SECOND]),
    bisectsOnError: isOften(0.5),
    reportsItemFailures: isOften(0.5),
    maximumRetryAttempts: some([-1, 0, 2, 5]),
    prefix: some(['', '', 'p']),
    failShare: some([0, 0, 0.1, 0.4]),
    unknownShare: some([0, 0, 0.1]),
    throttleShare: some([0, 0, 0.2]),
    lateShare: some([0, 0, 0.3]),
    poisonShare: some([0, 0, 0.05]),
    deadlyShare: some([0, 0, 0.03]),
    lostShare: some([0, 0, 0.3]),
    twiceShare: some([0, 0.1, 0.5]),
    startMs: some([SECOND, 20 * SECOND]),
    isMadeLate,
    begins: isOften(0.7) ? 'earliest' : 'latest',
    upkeep: {
      ...TIMERS,
      ...(isTurned && { due: 4, sweep: 0.5, turn: 2, change: 1 }),
      reset: isTurned && isOften(0.5) ? 2 : 0,
      remove: isRemoved ? 2 : 0,
      intrude: isIntruded ? 2 : 0,
      // what may yet be done to the trigger would be done in it
      quiet: isTurned || isMadeLate || isIntruded ? 0 : 0.5,
    },
  };
}

/** Whether a fault stops no worker, and loses nothing. */
export const isGentleFault = (fault: string): boolean => fault === 'slow' || fault === 'throttled';

/** Rarer than elsewhere: a trigger that is harmed all the time does little. */
const drawQuarter = (random: SeededRandom, isWanted: (fault: string) => boolean = () => true): FaultRates => {
  const rates = Object.entries(drawRates(random)).map(([name, rate]) => [name, isWanted(name) ? rate / 4 : 0]);
  return Object.fromEntries(rates) as FaultRates;
};

/** Calls at which a trigger is most easily harmed, and how often. */
const HARMED: readonly Omit<Focus, 'kind'>[] = [
  { call: 'cluster.replace offset', rate: 0.1 },
  { call: 'cluster.replace offset', rate: 0.1 },
  { call: 'cluster.create offset', rate: 0.1 },
  { call: 'cluster.create counts', rate: 0.5 },
  { call: 'cluster.replace counts', rate: 0.3 },
  { call: 'cluster.create', rate: 0.1 },
  { call: 'cluster.delete', rate: 0.1 },
  { call: 'cluster.get', rate: 0.1 },
  { call: 'log.query', rate: 0.1 },
];

const KINDS = ['frozen-before', 'frozen-after', 'killed-before', 'killed-after', 'applied-late'] as const;

function drawHarm(random: SeededRandom): Focus | undefined {
  const harmed = HARMED[random.below(HARMED.length)];
  const kind = KINDS[random.below(KINDS.length)] ?? 'applied-late';
  return random.float() < 0.2 ? undefined : harmed && { ...harmed, kind };
}
