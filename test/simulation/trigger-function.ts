/**
 * The function of a run's trigger, which fails in every way. What it was given, and when, is written down, whether its runner is told
 * or not.
 */
import type { TargetAnswer, TargetCall, TriggerTarget } from '../../lib/ports/trigger-target.ts';
import type { InvokeOperation } from '../history/history.ts';
import { type Delivered, deliveredBy } from '../triggers/world.ts';
import type { SimWorker } from './sim-worker.ts';
import { SECOND } from './time.ts';
import { lifeOf, TRIGGER } from './trigger-name.ts';
import type { TriggerScenario } from './trigger-scenario.ts';
import type { World } from './world.ts';

/** A call that comes so late still ends before its runner's lease, however far the clocks of a run are apart that share a time. */
const LATE_MS = 10 * SECOND;
const TOO_LATE_MS = 90 * SECOND;

const HANGS_SHARE = 0.15;
const GARBLED_SHARE = 0.3;

/** A run in which the function is invoked more often has gone wrong long before: it ends sooner where nothing fails any more. */
const MOST_INVOCATIONS = 3_000;

/** Halves of a range that are tried until a record is alone, of the largest that there are. */
const HALVINGS = 4;

export type Invocation = Omit<InvokeOperation, 'client' | 'log'>;

/** Is told of every invocation when it ends. */
export type WriteInvocation = (delivered: Delivered, invocation: Invocation) => void;

export class TriggerFunction {
  readonly #world: World;
  readonly #scenario: TriggerScenario;
  readonly #write: WriteInvocation;
  /** What an event that failed begins with, so often may fail; none, where nobody can tell. */
  readonly #failuresAtMost: number | undefined;
  #invocations = 0;
  #isDrained = false;

  /** @param isGentle whether all that fails is counted */
  constructor(world: World, scenario: TriggerScenario, isGentle: boolean, write: WriteInvocation) {
    this.#world = world;
    this.#scenario = scenario;
    this.#write = write;
    this.#failuresAtMost = isGentle ? failuresAtMost(scenario) : undefined;
  }

  /** From now on records kill nobody: what is appended after the drain is not waited for, and its workers are still to be used. */
  rest(): void {
    this.#isDrained = true;
  }

  /** As a run of a worker invokes it, which begins now. */
  forRun(worker: SimWorker): TriggerTarget {
    let lookedAfter = this.#world.schedule.now;
    return {
      invoke: async call => {
        const answer = await this.#invoke(worker, call, lookedAfter);
        lookedAfter = this.#world.schedule.now;
        return answer;
      },
    };
  }

  #invoke(worker: SimWorker, call: TargetCall, lookedAfter: number): Promise<TargetAnswer> {
    const { schedule } = this.#world;
    const delivered = deliveredBy(call.payload);
    const outcome = this.#draw(delivered);
    return new Promise(resolve => {
      if (outcome === 'throttled') return worker.later(10, () => resolve({ outcome }));
      const lateMs = this.#drawLateness();
      const begin = () => this.#run({ worker, call, delivered, outcome, lookedAfter, lateMs, resolve });
      if (lateMs === 0) begin();
      else schedule.after(lateMs, begin);
      if (outcome === 'deadly') worker.kill();
    });
  }

  #run({ worker, call, delivered, outcome, lookedAfter, lateMs, resolve }: Invoked): void {
    const { schedule, scenario } = this.#world;
    const start = schedule.now;
    const ms = this.#drawDuration(call.timeoutMs);
    schedule.after(ms, () => {
      const { done, answer } = this.#end(delivered, outcome);
      const invocation: Invocation & { isHeard?: boolean } = {
        operation: 'invoke',
        trigger: TRIGGER,
        life: lifeOf(call.function),
        offsets: delivered.offsets,
        lookedAfter,
        ...(lateMs > 0 && { isLate: true }),
        ...(this.#failuresAtMost !== undefined && { failuresAtMost: this.#failuresAtMost }),
        ...((lateMs > LATE_MS || scenario.skewMs > SECOND) && { mayOverlap: true }),
        start,
        end: schedule.now,
        answer: { outcome: 'ok', result: { done } },
      };
      this.#write(delivered, invocation);
      // nobody says that nothing is known before the function has ended for certain
      worker.later(answer.outcome === 'unknown' ? call.timeoutMs - ms : 1, () => {
        invocation.isHeard = true;
        resolve(answer);
      });
    });
  }

  #draw({ values }: Delivered): Outcome {
    const { failShare, unknownShare, throttleShare, poisonShare, deadlyShare, maximumRetryAttempts } = this.#scenario;
    const { isCalm } = this.#world;
    // what is tried for ever is mended when all else is
    if (++this.#invocations > MOST_INVOCATIONS) return 'done';
    const isMended = isCalm && maximumRetryAttempts < 0;
    if (!isMended && values.some(value => isOneOf(value, poisonShare, 1))) return 'poisoned';
    if (!isMended && !this.#isDrained && values.some(value => isOneOf(value, deadlyShare, 2))) return 'deadly';
    if (this.#isOften(throttleShare)) return 'throttled';
    if (this.#isOften(failShare)) {
      return this.#scenario.reportsItemFailures && this.#isOften(GARBLED_SHARE) ? 'garbled' : 'failed';
    }
    return this.#isOften(unknownShare) ? 'unknown' : 'done';
  }

  #drawDuration(timeoutMs: number): number {
    const { random, isCalm } = this.#world;
    if (this.#isOften(HANGS_SHARE)) return timeoutMs;
    // what there is is to be done within a while
    return 1 + random.float() ** 3 * ((isCalm ? Math.min(SECOND, timeoutMs) : timeoutMs) - 1);
  }

  #drawLateness(): number {
    if (!this.#isOften(this.#scenario.lateShare)) return 0;
    const { random } = this.#world;
    return random.float() * (random.float() < 0.8 ? LATE_MS : TOO_LATE_MS);
  }

  /** What an invocation took, and how it answers. */
  #end(delivered: Delivered, outcome: Outcome): { readonly done: readonly number[]; readonly answer: TargetAnswer } {
    const { offsets, values } = delivered;
    const { reportsItemFailures, poisonShare } = this.#scenario;
    switch (outcome) {
      case 'done':
        return { done: offsets, answer: { outcome, response: 'null' } };
      case 'garbled':
        return { done: [], answer: { outcome: 'done', response: reportOf(delivered, (offsets.at(-1) ?? 0) + 1) } };
      case 'poisoned': {
        const poisoned = offsets[values.findIndex(value => isOneOf(value, poisonShare, 1))];
        if (!reportsItemFailures || poisoned === undefined) break;
        const done = offsets.filter(offset => offset < poisoned);
        return { done, answer: { outcome: 'done', response: reportOf(delivered, poisoned) } };
      }
      case 'unknown':
        return { done: [], answer: { outcome, error: 'no answer came' } };
    }
    return { done: [], answer: { outcome: 'failed', error: outcome } };
  }

  #isOften(chance: number): boolean {
    return !this.#world.isCalm && this.#world.random.float() < chance;
  }
}

type Outcome = 'done' | 'failed' | 'garbled' | 'poisoned' | 'unknown' | 'throttled' | 'deadly';

/** With room for what is tried when a store does not take that it failed; whoever is set back fails anew. */
const failuresAtMost = ({
  maximumRetryAttempts,
  lateShare,
  deadlyShare,
  upkeep,
}: TriggerScenario): number | undefined =>
  maximumRetryAttempts < 0 || lateShare > 0 || deadlyShare > 0 || upkeep.reset > 0
    ? undefined
    : 2 * (maximumRetryAttempts + 1 + HALVINGS);

interface Invoked {
  readonly worker: SimWorker;
  readonly call: TargetCall;
  readonly delivered: Delivered;
  readonly outcome: Outcome;
  readonly lookedAfter: number;
  readonly lateMs: number;
  readonly resolve: (answer: TargetAnswer) => void;
}

/** Whether a value is one of a share, for ever. */
function isOneOf(value: string | null, share: number, salt: number): boolean {
  if (value === null) return false;
  let hash = salt;
  for (const character of value) hash = (Math.imul(hash, 31) + character.charCodeAt(0)) >>> 0;
  return (hash % 1_009) / 1_009 < share;
}

const reportOf = ({ topic, partition }: Delivered, offset: number): string =>
  JSON.stringify({ batchItemFailures: [{ itemIdentifier: { partition: `${topic}-${partition}`, offset } }] });
