/** What a run's trigger works with: wake-ups and starts that come late, twice or never, and a destination. */
import { deadlineIn } from '../../lib/log/deadline.ts';
import type { FailedBatch } from '../../lib/ports/failure-destination.ts';
import type { RunRequest } from '../../lib/ports/runner-starter.ts';
import { MillraceError } from '../../lib/protocol/errors.ts';
import { startGrown } from '../../lib/triggers/dispatch.ts';
import { runPartition } from '../../lib/triggers/run-partition.ts';
import type { GiveUpOperation, Operation, OperationOutcome } from '../history/history.ts';
import { MINUTE, SECOND } from './time.ts';
import type { Place, TopicLives } from './topic-lives.ts';
import { type Invocation, TriggerFunction } from './trigger-function.ts';
import { lifeOf, TRIGGER } from './trigger-name.ts';
import { isGentleFault, type TriggerScenario } from './trigger-scenario.ts';
import type { Request, WorkerPool } from './worker-pool.ts';
import type { World } from './world.ts';

/** A runner has so long. */
const RUN_MS = 4 * MINUTE;

/** Wake-ups that fail are tried so often, as a batch of a stream is. */
const WAKE_TRIES = 6;

export interface HostParts {
  readonly pool: WorkerPool;
  readonly topics: TopicLives;
  readonly history: Operation[];
}

export class TriggerHost {
  readonly #world: World;
  readonly #scenario: TriggerScenario;
  readonly #parts: HostParts;
  readonly #function: TriggerFunction;
  readonly #waking = new Set<string>();
  /** What a runner must not throw. */
  readonly crashes: unknown[] = [];

  constructor(world: World, scenario: TriggerScenario, parts: HostParts) {
    this.#world = world;
    this.#scenario = scenario;
    this.#parts = parts;
    this.#function = new TriggerFunction(world, scenario, this.isGentle, (place, invocation) =>
      this.#record(place, invocation),
    );
    world.log.onGrown = logKey => this.#wake(logKey);
  }

  async start(run: RunRequest): Promise<void> {
    const { lostShare, twiceShare, startMs } = this.#scenario;
    if (this.#isOften(lostShare)) return;
    const times = this.#isOften(twiceShare) ? 2 : 1;
    for (let time = 0; time < times; time++) {
      const latency = this.#world.random.float() ** 4 * startMs;
      this.#world.schedule.after(latency, () => {
        void this.#ask((services, worker) => {
          const target = this.#function.forRun(worker);
          return runPartition({ ...services, target }, run, deadlineIn(services.clock, RUN_MS));
        });
      });
    }
  }

  /** The destination: what arrives there is written down, whether its sender is told or not. */
  async send({ metadata }: FailedBatch): Promise<void> {
    const { random, schedule } = this.#world;
    const draw = this.#world.isCalm ? 1 : random.float();
    const { unknownShare, failShare, maximumRetryAttempts } = this.#scenario;
    if (draw < unknownShare + failShare / 4) throw new MillraceError('OUTCOME_UNKNOWN', 'the request was lost');
    const isLost = draw < 2 * unknownShare + failShare / 4;
    const { requestContext, KafkaBatchInfo } = JSON.parse(metadata) as Metadata;
    const [[where, range] = ['', undefined]] = Object.entries(KafkaBatchInfo.recordsInfo);
    const now = schedule.now;
    if (range) {
      this.#record(placeFrom(where), {
        operation: 'giveUp',
        trigger: TRIGGER,
        life: lifeOf(requestContext.functionArn),
        offsets: numbers(Number(range.firstRecordOffset), Number(range.lastRecordOffset)),
        // who dies between its mark and its call has counted a try that nobody saw
        retries: this.isGentle ? maximumRetryAttempts : -1,
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

  /** Whether no runner ever stops but by a record, and nothing is lost that is said to a store. */
  get isGentle(): boolean {
    const { rates, focus, skewMs } = this.#world.scenario;
    const faults = Object.entries(rates).filter(([, rate]) => rate > 0);
    return skewMs <= SECOND && [...faults.map(([kind]) => kind), focus?.kind ?? 'slow'].every(isGentleFault);
  }

  /** Whether no wake-up is lost either: then nothing waits for the look at everything. */
  get isClean(): boolean {
    return this.isGentle && this.#scenario.lostShare === 0 && this.#scenario.deadlyShare === 0;
  }

  /** From now on records kill nobody. */
  rest(): void {
    this.#function.rest();
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
      return await this.#parts.pool.ask(request, { freezesToo: false });
    } catch (error) {
      this.crashes.push(error);
      return undefined;
    }
  }

  /** Where a log has grown, its triggers are started within a second; what comes meanwhile is the same batch of the stream. */
  #wake(logKey: string): void {
    if (this.#waking.has(logKey)) return;
    this.#waking.add(logKey);
    this.#world.schedule.after(this.#world.random.float() ** 3 * SECOND, () => {
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

  /** Of later lives of a topic nothing is written down: whose a record is could not be told while they change. */
  #record({ topic, partition }: Place, operation: Recorded): void {
    const { history, topics } = this.#parts;
    const place = { topic, partition };
    const { number, phase } = topics.lifeOf(place);
    if (number !== 1 || phase !== 'live' || operation.life === 0) return;
    history.push(Object.assign(operation, { client: 'trigger', log: topics.logOf(place) }));
  }

  #isOften(chance: number): boolean {
    return !this.#world.isCalm && this.#world.random.float() < chance;
  }
}

type Recorded = Invocation | Omit<GiveUpOperation, 'client' | 'log'>;

interface RangeInfo {
  readonly firstRecordOffset: number | string;
  readonly lastRecordOffset: number | string;
}

interface Metadata {
  readonly requestContext: { readonly functionArn: string };
  readonly KafkaBatchInfo: { readonly recordsInfo: Readonly<Record<string, RangeInfo>> };
}

function placeFrom(where: string): Place {
  const dash = where.lastIndexOf('-');
  return { topic: where.slice(0, dash), partition: Number(where.slice(dash + 1)) };
}

const numbers = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index);
