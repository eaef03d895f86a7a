/** How a run's trigger is made up, if it has one: drawn apart, so that other runs stay what they are. */
import type { SeededRandom } from '../../lib/adapters/memory/seeded-random.ts';
import { drawRates } from './faults.ts';
import type { Scenario } from './scenario.ts';
import { MINUTE, SECOND } from './time.ts';

export interface TriggerScenario {
  readonly batchSize: number;
  readonly batchingWindowMs: number;
  readonly functionTimeoutMs: number;
  readonly bisectsOnError: boolean;
  readonly reportsItemFailures: boolean;
  /** How often what fails is tried again, and then given up; for ever, where it is -1. */
  readonly maximumRetryAttempts: number;
  /** Of invocations: those that fail, whose reply is lost, and that are throttled. */
  readonly failShare: number;
  readonly unknownShare: number;
  readonly throttleShare: number;
  /** Of records: those that the function never takes, and those with which a runner dies. */
  readonly poisonShare: number;
  readonly deadlyShare: number;
  /** Of wake-ups and of starts: those that are lost; and of starts, those that happen twice. */
  readonly lostShare: number;
  readonly twiceShare: number;
  /** Whether it is paused and resumed, and its settings are changed, now and then. */
  readonly isTurned: boolean;
}

const TRIGGER_SHARE = 0.3;

/** Calls at which a trigger is most easily harmed. */
const FOCUSED_CALLS = ['cluster.replace offset', 'cluster.create offset', 'cluster.delete', 'cluster.get', 'log.query'];

export function withTrigger(random: SeededRandom, scenario: Scenario): Scenario {
  const isOften = (chance: number) => random.float() < chance;
  const some = <T>(from: readonly T[]): T => from[random.below(from.length)] as T;
  const isTaken = scenario.group !== undefined || Object.keys(scenario.compacted).length > 0;
  if (isTaken || !isOften(TRIGGER_SHARE)) return scenario;
  const isClean = isOften(0.25);
  const trigger: TriggerScenario = {
    batchSize: some([1, 3, 10]),
    batchingWindowMs: some([0, 0, 0, 2 * SECOND]),
    functionTimeoutMs: some([SECOND, 5 * SECOND]),
    bisectsOnError: isOften(0.5),
    reportsItemFailures: isOften(0.5),
    maximumRetryAttempts: some([-1, 0, 2]),
    failShare: some([0, 0, 0.1, 0.4]),
    unknownShare: some([0, 0, 0.1]),
    throttleShare: some([0, 0, 0.2]),
    poisonShare: some([0, 0, 0.05]),
    deadlyShare: isClean ? 0 : some([0, 0, 0.03]),
    lostShare: isClean ? 0 : some([0, 0, 0.3]),
    twiceShare: some([0, 0.1, 0.5]),
    isTurned: isOften(0.3),
  };
  const rates = Object.entries(drawRates(random)).map(([name, rate]) => [name, isClean && isStop(name) ? 0 : rate / 4]);
  const kind = some(['frozen-before', 'frozen-after', 'killed-before', 'killed-after', 'applied-late'] as const);
  return {
    ...scenario,
    trigger,
    rates: Object.fromEntries(rates),
    focus: isClean || isOften(0.3) ? undefined : { call: some(FOCUSED_CALLS), kind, rate: 0.1 },
    freezes: [5 * SECOND, 20 * SECOND, 2 * MINUTE, 10 * MINUTE],
    nights: [],
    skewMs: some([0, SECOND]),
    wallStands: false,
    plainProducers: 1 + random.below(2),
    idempotentProducers: random.below(2),
    readers: random.below(2),
    pauses: [
      { share: 0.8, upToMs: SECOND },
      { share: 0.17, upToMs: 10 * SECOND },
      { share: 0.03, upToMs: 2 * MINUTE },
    ],
  };
}

/** Whether a fault stops a worker. */
const isStop = (fault: string): boolean => fault.startsWith('killed') || fault.startsWith('frozen');
