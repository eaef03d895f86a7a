/**
 * What kind of run a seed makes. Every run leaves out most of what may happen and does the rest often: such a swarm of lopsided
 * runs finds more than as many even ones (Groce et al., "Swarm Testing", ISSTA 2012).
 */
import type { SeededRandom } from '../../lib/adapters/memory/seeded-random.ts';
import { drawFocus, drawRates, type FaultRates, type Focus } from './faults.ts';
import type { GroupScenario } from './group-scenario.ts';
import type { MadeFor } from './made-for.ts';
import { DAY, HOUR, MINUTE, SECOND } from './time.ts';
import type { TriggerScenario } from './trigger-scenario.ts';

export interface Scenario {
  readonly rates: FaultRates;
  readonly focus: Focus | undefined;
  /** Greatest difference of a worker's wall clock from the true time, in milliseconds. */
  readonly skewMs: number;
  /** Whether a freeze may stop a worker's wall clock. */
  readonly wallStands: boolean;
  readonly workers: number;
  readonly plainProducers: number;
  readonly idempotentProducers: number;
  readonly readers: number;
  /** Batches that an idempotent producer has on their way at once. */
  readonly inFlight: number;
  /** How often a producer that needs an identity takes the next epoch of another. */
  readonly takeOver: number;
  /** The share of requests too big to stand in their entry. */
  readonly bigShare: number;
  /** Whether a client waits for as long as its worker is frozen, as one on the same machine does; or gives up by its own clock. */
  readonly clientsFreezeToo: boolean;
  /** How long clients pause between requests: the chance of each length, in milliseconds. */
  readonly pauses: readonly Pause[];
  /** How long a worker is frozen, in milliseconds, unless it lasts until a morning; give or take half of it. */
  readonly freezes: readonly number[];
  /** Times in which no client does anything, in milliseconds: what a worker remembered is old then, and much has expired. */
  readonly nights: readonly number[];
  /** How often each kind of upkeep happens, relative to each other. */
  readonly upkeep: Readonly<Record<Upkeep, number>>;
  /** The topics that are compacted, by name, with what they are created with. */
  readonly compacted: Readonly<Record<string, CompactedTopic>>;
  /** The consumer group of the run, if it has one. */
  readonly group?: GroupScenario;
  /** The trigger of the run, if it has one. */
  readonly trigger?: TriggerScenario;
  /** What the run is to show, where it is made for one thing. */
  readonly madeFor?: MadeFor;
}

/** How a topic is compacted. */
export interface CompactedTopic {
  readonly minLagMs: number;
  readonly deleteRetentionMs: number;
  readonly minDirtyRatio: number;
  readonly segmentBytes: number;
  /** Of its records. */
  readonly keys: number;
  readonly tombstoneShare: number;
}

export interface Pause {
  readonly share: number;
  readonly upToMs: number;
}

export const upkeeps = [
  'roll',
  'merge',
  'retain',
  'delete',
  'sweep',
  'drop',
  'compact',
  'configure',
  'remove',
  'expire',
  'recreate',
  'night',
] as const;

export type Upkeep = (typeof upkeeps)[number];

const PAUSES: readonly (readonly Pause[])[] = [
  [{ share: 1, upToMs: 50 }],
  [
    { share: 0.93, upToMs: 50 },
    { share: 0.07, upToMs: 20 * SECOND },
  ],
  [
    { share: 0.9, upToMs: 100 },
    { share: 0.07, upToMs: 20 * SECOND },
    { share: 0.028, upToMs: 33 * MINUTE },
    { share: 0.002, upToMs: 10 * DAY },
  ],
];

const FREEZES = [5 * SECOND, 20 * SECOND, 40 * SECOND, 12 * MINUTE, 20 * MINUTE, 2 * HOUR, 30 * HOUR, 8 * DAY];

/** Longer than a tail may be believed, than an orphan is kept, than a producer, an entry and a producer's cell are. */
const NIGHTS = [20 * MINUTE, 3 * HOUR, 30 * HOUR, 9 * DAY, 35 * DAY];

export const NO_UPKEEP: Readonly<Record<Upkeep, number>> = {
  roll: 0,
  merge: 0,
  retain: 0,
  delete: 0,
  sweep: 0,
  drop: 0,
  compact: 0,
  configure: 0,
  remove: 0,
  expire: 0,
  recreate: 0,
  night: 0,
};

/** Runs made for what hardly happens by chance: a worker frozen at the worst moment, for longer than what it rests on lasts. */
const THEMES: readonly { readonly share: number; readonly draw: (random: SeededRandom) => Partial<Scenario> }[] = [
  // entries made below the rolled offset
  {
    share: 0.2,
    draw: random => ({
      focus: { call: random.float() < 0.5 ? 'log.create' : 'log.query', kind: 'frozen-before', rate: 0.05 },
      idempotentProducers: 1 + random.below(2),
      nights: [9 * DAY, 35 * DAY],
      clientsFreezeToo: true,
      upkeep: { ...NO_UPKEEP, roll: 0.5, delete: 0.1, expire: 0.3, sweep: 0.1, night: 0.2 },
    }),
  },
  // batches sent again when what they were first stored as has been rolled and has expired
  {
    share: 0.08,
    draw: random => ({
      focus: { call: 'log.create', kind: random.float() < 0.5 ? 'killed-after' : 'frozen-after', rate: 0.1 },
      nights: [9 * DAY],
      plainProducers: 1,
      idempotentProducers: 1 + random.below(3),
      upkeep: { ...NO_UPKEEP, roll: 0.5, delete: 0.1, expire: 0.3, sweep: 0.1, night: 0.2 },
    }),
  },
  // answers that rest on the name of a topic that is another by then
  {
    share: 0.12,
    draw: random => ({
      focus: { call: random.float() < 0.5 ? 'log.create' : 'log.query', kind: 'frozen-after', rate: 0.1 },
      skewMs: 0,
      wallStands: false,
      workers: 1 + random.below(2),
      freezes: [16 * SECOND],
      nights: [],
      clientsFreezeToo: true,
      pauses: [{ share: 1, upToMs: 3 * SECOND }],
      upkeep: { ...NO_UPKEEP, roll: 0.2, expire: 0.2, sweep: 0.4, recreate: 0.2, night: 0 },
    }),
  },
  // entries made for objects that were swept
  {
    share: 0.15,
    draw: random => ({
      focus: { call: 'log.create', kind: 'frozen-before', rate: 0.1 },
      // the sweep that takes them comes just as whoever was frozen goes on
      nights: [5 * HOUR, 5 * HOUR, 30 * HOUR],
      bigShare: 0.6,
      rates: { ...drawRates(random), slow: 0.15, 'killed-before': 0, 'killed-after': 0 },
      readers: 2,
      plainProducers: 1,
      idempotentProducers: 1 + random.below(2),
      upkeep: { ...NO_UPKEEP, roll: 0.2, expire: 0.1, sweep: 0.3, night: 0.4 },
    }),
  },
  // changes of a log's boundaries that come late, or that others made meanwhile
  {
    share: 0.15,
    draw: random => ({
      focus: {
        call: ['cluster.replace state', 'put segments', 'put manifests', 'cluster.get state'][random.below(4)] ?? '',
        kind: random.float() < 0.5 ? 'frozen-before' : 'slow',
        rate: 0.2,
      },
      workers: 1 + random.below(3),
      nights: [12 * HOUR, 30 * HOUR],
      freezes: [5 * SECOND, 2 * MINUTE, 2 * HOUR],
      plainProducers: 2,
      idempotentProducers: random.below(2),
      bigShare: random.float() < 0.5 ? 0 : 0.4,
      upkeep: { ...NO_UPKEEP, roll: 0.5, merge: 0.5, retain: 0.05, delete: 0.05, expire: 0.1, sweep: 0.2, night: 0.1 },
    }),
  },
];

/** @param other for what was thought of later, so that what a seed drew before stays */
export function drawScenario(random: SeededRandom, other: SeededRandom): Scenario {
  const any = drawAny(random);
  let draw = random.float();
  const theme = THEMES.find(({ share }) => {
    draw -= share;
    return draw < 0;
  });
  return withCompaction(other, { ...any, ...theme?.draw(random), compacted: {} });
}

function drawAny(random: SeededRandom): Omit<Scenario, 'compacted'> {
  const some = <T>(from: readonly T[]): T => from[random.below(from.length)] as T;
  const isOften = (chance: number) => random.float() < chance;
  const recreate = isOften(0.3) ? 0.2 : 0;
  return {
    rates: drawRates(random),
    focus: isOften(0.6) ? drawFocus(random) : undefined,
    // a deleted name is free again after 15 s, which allows for clocks 3 s apart
    skewMs: recreate > 0 ? some([0, SECOND]) : some([0, SECOND, 5 * MINUTE]),
    wallStands: recreate === 0,
    workers: 1 + random.below(5),
    plainProducers: 1 + random.below(2),
    idempotentProducers: random.below(4),
    readers: 1 + random.below(2),
    inFlight: some([1, 2, 5]),
    takeOver: some([0, 0.2, 0.7]),
    bigShare: some([0, 0.15, 0.6]),
    clientsFreezeToo: isOften(0.5),
    pauses: some(PAUSES),
    freezes: FREEZES,
    nights: isOften(0.6) ? NIGHTS.filter(() => isOften(0.5)) : [],
    upkeep: {
      ...NO_UPKEEP,
      roll: some([0, 0.2, 0.5]),
      merge: some([0, 0.2]),
      retain: some([0, 0, 0.1]),
      delete: some([0, 0, 0.2]),
      drop: some([0, 0.1]),
      expire: 0.3,
      sweep: 0.3,
      remove: recreate,
      recreate,
      night: some([0.05, 0.3]),
    },
  };
}

/** Topics that may be compacted: those of every run. */
const TOPICS = ['one', 'two'];
const COMPACTED_SHARE = 0.3;

const LAGS = [0, MINUTE, MINUTE, 2 * HOUR, 2 * HOUR];
const RETENTIONS = [0, MINUTE, MINUTE, 2 * HOUR];

/** Long enough for a tombstone to be cleaned, seen and gone. */
const COMPACTION_NIGHTS = [5 * HOUR, 12 * HOUR, 30 * HOUR];

function withCompaction(random: SeededRandom, scenario: Scenario): Scenario {
  const isOften = (chance: number) => random.float() < chance;
  const compacted = Object.fromEntries(
    TOPICS.filter(() => isOften(COMPACTED_SHARE)).map(topic => [topic, drawCompacted(random)]),
  );
  if (Object.keys(compacted).length === 0) return scenario;
  if (isOften(0.6)) return { ...scenario, compacted, ...drawCleaning(random) };
  const { upkeep, nights } = scenario;
  return {
    ...scenario,
    compacted,
    nights: isOften(0.7) ? [...nights, ...COMPACTION_NIGHTS] : nights,
    upkeep: {
      ...upkeep,
      roll: Math.max(0.3, upkeep.roll),
      compact: isOften(0.5) ? 0.2 : 1,
      configure: isOften(0.5) ? 0 : 0.1,
    },
    // a clock that stands makes records look old, and little could be expected of a lag
    ...(isOften(0.7) && { wallStands: false }),
  };
}

/** Runs in which little fails, and a log is cleaned again and again. */
function drawCleaning(random: SeededRandom): Partial<Scenario> {
  const isOften = (chance: number) => random.float() < chance;
  const rates = Object.entries(drawRates(random)).map(([kind, rate]) => [kind, rate / 5]);
  const call = ['cluster.replace state', 'put segments', 'get segments', 'get manifests'][random.below(4)] ?? '';
  const kind = (['frozen-before', 'frozen-after', 'slow', 'killed-after'] as const)[random.below(4)] ?? 'slow';
  return {
    rates: Object.fromEntries(rates),
    focus: isOften(0.5) ? { call, kind, rate: 0.05 } : undefined,
    skewMs: 0,
    wallStands: false,
    workers: 1 + random.below(2),
    readers: 2,
    plainProducers: 1,
    idempotentProducers: 1 + random.below(2),
    pauses: [
      { share: 0.85, upToMs: 50 },
      { share: 0.12, upToMs: 20 * SECOND },
      { share: 0.03, upToMs: 5 * MINUTE },
    ],
    nights: COMPACTION_NIGHTS,
    upkeep: {
      ...NO_UPKEEP,
      roll: 0.6,
      merge: isOften(0.6) ? 0.6 : 0,
      delete: isOften(0.2) ? 0.05 : 0,
      sweep: 0.05,
      compact: 0.8,
      configure: isOften(0.2) ? 0.05 : 0,
      night: 0.1,
    },
  };
}

export const drawLag = (random: SeededRandom): number => LAGS[random.below(LAGS.length)] as number;
export const drawRetention = (random: SeededRandom): number => RETENTIONS[random.below(RETENTIONS.length)] as number;

const drawCompacted = (random: SeededRandom): CompactedTopic => ({
  minLagMs: drawLag(random),
  deleteRetentionMs: drawRetention(random),
  minDirtyRatio: random.float() < 0.5 ? 0 : 0.5,
  segmentBytes: random.float() < 0.5 ? 400 : 12_000,
  keys: random.float() < 0.7 ? 4 : 12,
  tombstoneShare: random.float() < 0.3 ? 0.15 : 0.4,
});

/** One of several, each as often as its weight says. */
export function drawWeighted<T extends string>(random: SeededRandom, weights: Readonly<Record<T, number>>): T {
  const entries = Object.entries(weights) as [T, number][];
  let draw = random.float() * entries.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [name, weight] of entries) {
    draw -= weight;
    if (draw < 0) return name;
  }
  return entries.at(-1)?.[0] as T;
}
