/** How a run's consumer group is made up, if it has one: drawn apart, so that other runs stay what they are. */
import type { SeededRandom } from '../../lib/adapters/memory/seeded-random.ts';
import { drawRates } from './faults.ts';
import type { Scenario } from './scenario.ts';
import { MINUTE, SECOND } from './time.ts';

export interface GroupScenario {
  /** Members that keep their positions themselves. */
  readonly members: number;
  /** Consumer instances, whose positions the server keeps. */
  readonly instances: number;
  readonly offsetReset: 'earliest' | 'latest';
  /** How often somebody sets offsets from outside, deletes the group, or sweeps; relative to each other. */
  readonly upkeep: Readonly<Record<GroupUpkeep, number>>;
  /** How often a member's process comes back under its name while the old one goes on. */
  readonly zombieShare: number;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
}

export const groupUpkeeps = ['committed', 'reset', 'standalone', 'forget', 'delete', 'sweep'] as const;

export type GroupUpkeep = (typeof groupUpkeeps)[number];

/** Runs that are made for the cleaner are mostly left to it. */
const GROUP_SHARE = { compacted: 0.08, others: 0.3 };

/** Calls at which a group is most easily harmed. */
const FOCUSED_CALLS = [
  'cluster.replace offset',
  'cluster.replace offset',
  'cluster.replace member',
  'cluster.create assignment',
  'cluster.get offset',
];

export function withGroup(random: SeededRandom, scenario: Scenario): Scenario {
  const isOften = (chance: number) => random.float() < chance;
  const some = <T>(from: readonly T[]): T => from[random.below(from.length)] as T;
  const isCompacted = Object.keys(scenario.compacted).length > 0;
  if (!isOften(isCompacted ? GROUP_SHARE.compacted : GROUP_SHARE.others)) return scenario;
  const isSetFromOutside = isOften(0.5);
  const group: GroupScenario = {
    members: 1 + random.below(3),
    instances: isOften(0.6) ? 1 + random.below(2) : 0,
    offsetReset: isOften(0.7) ? 'earliest' : 'latest',
    upkeep: {
      committed: 1,
      reset: isSetFromOutside ? 0.6 : 0,
      standalone: isSetFromOutside ? 0.2 : 0,
      forget: isSetFromOutside ? 0.1 : 0,
      delete: isSetFromOutside ? 0.3 : 0,
      sweep: 0.2,
    },
    zombieShare: some([0, 0.03, 0.1]),
    sessionTimeoutMs: some([6 * SECOND, 45 * SECOND]),
    rebalanceTimeoutMs: some([5 * SECOND, MINUTE]),
  };
  if (isOften(0.3)) return { ...scenario, group };
  const kind = some(['frozen-before', 'frozen-after', 'killed-after', 'applied-late', 'reply-lost'] as const);
  const rates = Object.entries(drawRates(random)).map(([name, rate]) => [name, rate / 4]);
  return {
    ...scenario,
    group,
    rates: Object.fromEntries(rates),
    // a reply is asked for again until it comes: only many that are lost leave a doubt
    focus: isOften(0.7) ? { call: some(FOCUSED_CALLS), kind, rate: kind === 'reply-lost' ? 0.7 : 0.2 } : undefined,
    freezes: [5 * SECOND, 20 * SECOND, 2 * MINUTE, 10 * MINUTE],
    nights: [],
    clientsFreezeToo: isOften(0.7),
    skewMs: some([0, SECOND]),
    plainProducers: 1,
    idempotentProducers: random.below(2),
    readers: 1,
    pauses: [
      { share: 0.85, upToMs: 2 * SECOND },
      { share: 0.13, upToMs: 15 * SECOND },
      { share: 0.02, upToMs: 2 * MINUTE },
    ],
  };
}
