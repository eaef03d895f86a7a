/**
 * What a run's trigger works with: a function that fails in every way, wake-ups and starts that come late, twice or never, and a
 * destination. What the function was given, and when, is written down.
 */
import { deadlineIn } from '../../lib/log/deadline.ts';
import type { FailedBatch } from '../../lib/ports/failure-destination.ts';
import type { RunRequest } from '../../lib/ports/runner-starter.ts';
import type { TargetAnswer, TargetCall } from '../../lib/ports/trigger-target.ts';
import { MillraceError } from '../../lib/protocol/errors.ts';
import { startGrown } from '../../lib/triggers/dispatch.ts';
import { runPartition } from '../../lib/triggers/run-partition.ts';
import type { Operation, OperationOutcome } from '../history/history.ts';
import { type Delivered, deliveredBy } from '../triggers/world.ts';
import type { SimWorker } from './sim-worker.ts';
import { MINUTE, SECOND } from './time.ts';
import type { Place, TopicLives } from './topic-lives.ts';
import type { TriggerScenario } from './trigger-scenario.ts';
import type { Request, WorkerPool } from './worker-pool.ts';
import type { World } from './world.ts';

export const TRIGGER = 'counts';

/** A runner has so long. */
const RUN_MS = 4 * MINUTE;

/** Wake-ups that fail are tried so often, as a batch of a stream is. */
const WAKE_TRIES = 6;

interface HostParts {
  readonly pool: WorkerPool;
  readonly topics: TopicLives;
  readonly history: Operation[];
}

export class TriggerHost {
  readonly #world: World;
  readonly #scenario: TriggerScenario;
  readonly #places = new Map<string, Place>();
  readonly #waking = new Set<string>();
  #parts: HostParts | undefined;
  /** What a runner must not throw. */
  readonly crashes: unknown[] = [];

  constructor(world: World, scenario: TriggerScenario) {
    this.#world = world;
    this.#scenario = scenario;
  }

  /** From now on the trigger runs. The topics are in their first lives. */
  begin(parts: HostParts, topicIds: ReadonlyMap<string, string>): void {
    this.#parts = parts;
    for (const [topic, topicId] of topicIds) {
      for (let partition = 0; partition < parts.topics.partitionsOf(topic); partition++) {
        this.#places.set(`${topicId}/${partition}`, { topic, partition });
      }
    }
    this.#world.log.onGrown = logKey => this.#wake(logKey);
  }

  async start(run: RunRequest): Promise<void> {
    const { lostShare, twiceShare } = this.#scenario;
    if (this.#isOften(lostShare)) return;
    const times = this.#isOften(twiceShare) ? 2 : 1;
    for (let time = 0; time < times; time++) {
      const latency = this.#world.random.float() ** 4 * 20 * SECOND;
      this.#world.schedule.after(latency, () => {
        void this.#ask(services => runPartition(services, run, deadlineIn(services.clock, RUN_MS)));
      });
    }
  }

  invoke(worker: SimWorker, { payload, timeoutMs }: TargetCall): Promise<TargetAnswer> {
    const { schedule, random } = this.#world;
    const delivered = deliveredBy(payload);
    const start = schedule.now;
    const mayOverlap = worker.hasStoodStill;
    return new Promise(resolve => {
      const answerAfter = (ms: number, answer: TargetAnswer) => worker.later(ms, () => resolve(answer));
      const outcome = this.#draw(delivered);
      if (outcome === 'throttled') return answerAfter(10, { outcome });
      const ms = 1 + random.float() ** 3 * timeoutMs;
      schedule.after(ms, () => {
        const done = this.#write({ delivered, start, mayOverlap: mayOverlap || worker.hasStoodStill, outcome });
        if (outcome === 'unknown') answerAfter(timeoutMs - ms, { outcome, error: 'no answer came' });
        else answerAfter(1, done);
      });
      if (outcome === 'deadly') worker.kill();
    });
  }

  /** The destination: what arrives there is written down, whether its sender is told or not. */
  async send({ metadata }: FailedBatch): Promise<void> {
    const { random, schedule } = this.#world;
    const draw = this.#world.isCalm ? 1 : random.float();
    const { unknownShare, failShare } = this.#scenario;
    if (draw < unknownShare + failShare / 4) throw new MillraceError('OUTCOME_UNKNOWN', 'the request was lost');
    const isLost = draw < 2 * unknownShare + failShare / 4;
    const { recordsInfo } = (JSON.parse(metadata) as { KafkaBatchInfo: { recordsInfo: Record<string, RangeInfo> } })
      .KafkaBatchInfo;
    const [[where, range] = ['', undefined]] = Object.entries(recordsInfo);
    const place = placeFrom(where);
    const now = schedule.now;
    if (range && this.#isFirstLife(place)) {
      const offsets = numbers(Number(range.firstRecordOffset), Number(range.lastRecordOffset));
      this.#record(place, {
        operation: 'giveUp',
        offsets,
        start: now,
        end: now,
        answer: { outcome: 'ok', result: {} },
      });
    }
    if (isLost) throw new MillraceError('OUTCOME_UNKNOWN', 'the reply was lost');
  }

  /** Whether records kill runners, however often: each takes a few leases to be given up. */
  get isDeadly(): boolean {
    return this.#scenario.deadlyShare > 0;
  }

  /** Whether no runner ever stops, and no wake-up is lost: then nothing waits for the look at everything. */
  get isClean(): boolean {
    const { lostShare, deadlyShare } = this.#scenario;
    const { rates, focus } = this.#world.scenario;
    const stops = Object.entries(rates).filter(([kind]) => kind.startsWith('killed') || kind.startsWith('frozen'));
    return lostShare === 0 && deadlyShare === 0 && focus === undefined && stops.every(([, rate]) => rate === 0);
  }

  /** Asks some worker, as often as it takes. */
  async until(request: Request<unknown>): Promise<void> {
    for (let tries = 0; tries < 50; tries++) {
      if ((await this.#ask(request))?.outcome === 'ok') return;
      await this.#world.schedule.sleep(SECOND);
    }
    throw new Error('a worker that nothing is wrong with fails all the time');
  }

  async #ask<R>(request: Request<R>): Promise<OperationOutcome<R> | undefined> {
    try {
      return await this.#parts?.pool.ask(request, { freezesToo: false });
    } catch (error) {
      this.crashes.push(error);
      return undefined;
    }
  }

  /** Where a log has grown, its triggers are started within a second; what comes meanwhile is the same batch of the stream. */
  #wake(logKey: string): void {
    if (this.#waking.has(logKey)) return;
    this.#waking.add(logKey);
    this.#world.schedule.after(this.#world.random.float() * SECOND, () => {
      this.#waking.delete(logKey);
      if (!this.#isOften(this.#scenario.lostShare)) void this.#startGrown(logKey, 0);
    });
  }

  async #startGrown(logKey: string, tries: number): Promise<void> {
    const [topicId = '', partition] = logKey.split('/');
    const at = { topicId, partition: Number(partition) };
    const answer = await this.#ask(services => startGrown(services, [at]));
    const isDone = answer?.outcome === 'ok' && answer.result.failures.length === 0;
    if (isDone || tries === WAKE_TRIES) return;
    this.#world.schedule.after(2 * SECOND, () => void this.#startGrown(logKey, tries + 1));
  }

  #draw({ values }: Delivered): Outcome {
    const { failShare, unknownShare, throttleShare, poisonShare, deadlyShare, maximumRetryAttempts } = this.#scenario;
    const { isCalm } = this.#world;
    const isPoisoned = values.some(value => isOneOf(value, poisonShare, 1));
    // what is tried for ever is mended when all else is
    if (isPoisoned && (maximumRetryAttempts >= 0 || !isCalm)) return 'poisoned';
    const isDeadly = values.some(value => isOneOf(value, deadlyShare, 2));
    if (isDeadly && (maximumRetryAttempts >= 0 || !isCalm)) return 'deadly';
    if (isCalm) return 'done';
    if (this.#isOften(throttleShare)) return 'throttled';
    if (this.#isOften(failShare)) return 'failed';
    return this.#isOften(unknownShare) ? 'unknown' : 'done';
  }

  /** Writes the invocation down, and answers as the function did. */
  #write({ delivered, start, mayOverlap, outcome }: Invoked): TargetAnswer {
    const { topic, partition, offsets, values } = delivered;
    const place = { topic, partition };
    const poisoned = offsets[values.findIndex(value => isOneOf(value, this.#scenario.poisonShare, 1))];
    const isReported = outcome === 'poisoned' && this.#scenario.reportsItemFailures && poisoned !== undefined;
    const done = isReported ? offsets.filter(offset => offset < poisoned) : outcome === 'done' ? offsets : [];
    if (this.#isFirstLife(place)) {
      const answer = { outcome: 'ok', result: { done } } as const;
      this.#record(place, { operation: 'invoke', offsets, mayOverlap, start, end: this.#world.schedule.now, answer });
    }
    if (isReported) return { outcome: 'done', response: reportOf(place, poisoned) };
    return outcome === 'done' ? { outcome: 'done', response: 'null' } : { outcome: 'failed', error: outcome };
  }

  #record(place: Place, operation: RecordedOperation): void {
    const { history, topics } = this.#parts as HostParts;
    history.push({ client: 'trigger', trigger: TRIGGER, log: topics.logOf(place), ...operation } as Operation);
  }

  /** Of later lives nothing is written down: whose a record is could not be told while they change. */
  #isFirstLife(place: Place): boolean {
    const life = this.#parts?.topics.lifeOf(place);
    return life?.number === 1 && life.phase === 'live';
  }

  #isOften(chance: number): boolean {
    return !this.#world.isCalm && this.#world.random.float() < chance;
  }
}

type Outcome = 'done' | 'failed' | 'poisoned' | 'unknown' | 'throttled' | 'deadly';

interface RangeInfo {
  readonly firstRecordOffset: string;
  readonly lastRecordOffset: string;
}

interface Invoked {
  readonly delivered: Delivered;
  readonly start: number;
  readonly mayOverlap: boolean;
  readonly outcome: Outcome;
}

interface RecordedOperation {
  readonly operation: 'invoke' | 'giveUp';
  readonly offsets: readonly number[];
  readonly mayOverlap?: boolean;
  readonly start: number;
  readonly end: number;
  readonly answer: OperationOutcome<object>;
}

/** Whether a value is one of a share, for ever. */
function isOneOf(value: string | null, share: number, salt: number): boolean {
  let hash = salt;
  for (const character of value ?? '') hash = (Math.imul(hash, 31) + character.charCodeAt(0)) >>> 0;
  return (hash % 1_009) / 1_009 < share;
}

const reportOf = ({ topic, partition }: Place, offset: number): string =>
  JSON.stringify({ batchItemFailures: [{ itemIdentifier: { partition: `${topic}-${partition}`, offset } }] });

function placeFrom(where: string): Place {
  const dash = where.lastIndexOf('-');
  return { topic: where.slice(0, dash), partition: Number(where.slice(dash + 1)) };
}

const numbers = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index);
