/** A client of a simulated run: sends requests to any worker, and writes down what it was told. */
import type { SeededRandom } from '../../lib/adapters/memory/seeded-random.ts';
import type {
  ChangeOperation,
  MakeOperation,
  Operation,
  OperationOutcome,
  ResetTriggerOperation,
  RightOfMember,
  TurnOperation,
} from '../history/history.ts';
import type { CompactedTopic } from './scenario.ts';
import type { SimWorker } from './sim-worker.ts';
import { isCertain, type Life, logsConcerned, type Place, type TopicLives } from './topic-lives.ts';
import { stateOf } from './truth.ts';
import type { Request, WorkerPool } from './worker-pool.ts';
import type { World } from './world.ts';

/** What every client of a run is given. */
export interface ClientDeps {
  readonly world: World;
  readonly pool: WorkerPool;
  readonly topics: TopicLives;
  readonly history: Operation[];
}

/** What an operation is and was asked for; its times, its log and its answer come with the answer. */
export type Asked =
  | { readonly operation: 'initProducer'; readonly producerId?: number }
  | { readonly operation: 'deleteRecords'; readonly offset: number }
  | { readonly operation: 'fetch'; readonly offset: number; readonly group?: string }
  | { readonly operation: 'join'; readonly group: string; readonly offsetReset: 'earliest' | 'latest' }
  | {
      readonly operation: 'commit' | 'reset';
      readonly group: string;
      readonly offset: number;
      readonly right?: RightOfMember;
      readonly isStandalone?: boolean;
    }
  | { readonly operation: 'committed'; readonly group: string }
  | Pick<MakeOperation, 'operation' | 'trigger' | 'life' | 'topics' | 'begins' | 'prefix' | 'group'>
  | Pick<TurnOperation, 'operation' | 'trigger' | 'life' | 'isOn' | 'isRemoval'>
  | Pick<ChangeOperation, 'operation' | 'trigger' | 'setting' | 'value'>
  | { readonly operation: 'look'; readonly trigger: string }
  | Pick<ResetTriggerOperation, 'operation' | 'trigger' | 'offset'>
  | { readonly operation: 'progress'; readonly trigger: string; readonly life?: number }
  | {
      readonly operation: 'produce';
      readonly values: readonly string[];
      readonly keys?: readonly string[];
      readonly tombstones?: readonly number[];
      readonly producer?: { readonly id: number; readonly epoch: number; readonly sequence: number };
    };

interface Timed {
  readonly start: number;
  readonly end: number;
}

/** Of one place, what an answer to many says of it. */
export interface Part<R> {
  readonly place: Place;
  readonly asked: Asked;
  readonly outcomeOf: (result: R) => OperationOutcome<unknown>;
}

const changedMeanwhile = { outcome: 'unknown', error: 'the topic changed meanwhile' } as const;

/** A client's retries may wait for a morning. */
const RETRY_AT_ONCE = 0.3;

export class SimClient {
  readonly name: string;
  readonly topics: TopicLives;
  readonly random: SeededRandom;
  /** Requests so far. */
  asked = 0;
  readonly #deps: ClientDeps;
  readonly #freezesToo: boolean;

  /** @param freezesToo whether it stands still as long as the worker that it asked does */
  constructor(deps: ClientDeps, name: string, freezesToo = deps.world.scenario.clientsFreezeToo) {
    this.#deps = deps;
    this.name = name;
    this.#freezesToo = freezesToo;
    this.topics = deps.topics;
    this.random = deps.world.random;
  }

  get now(): number {
    return this.#deps.world.schedule.now;
  }

  /** Where a log begins in truth. */
  async logStartOf(place: Place): Promise<number> {
    return (await stateOf(this.#deps.world, place)).logStartOffset;
  }

  /** How the topic of a place is compacted, if it is. */
  compactionOf({ topic }: Place): CompactedTopic | undefined {
    return this.#deps.world.scenario.compacted[topic];
  }

  /** Between two requests; through the night. */
  async pause(): Promise<void> {
    const { schedule, scenario, nights } = this.#deps.world;
    let draw = this.random.float();
    const pause = scenario.pauses.find(({ share }) => {
      draw -= share;
      return draw < 0;
    });
    await schedule.sleep(this.random.float() * (pause?.upToMs ?? 0));
    while (nights.leftMs > 0) await schedule.sleep(nights.leftMs + this.random.float() * 50);
  }

  /** Between two tries of one request. */
  async pauseToRetry(): Promise<void> {
    if (this.random.float() < RETRY_AT_ONCE) await this.#deps.world.schedule.sleep(this.random.float() * 100);
    else await this.pause();
  }

  ask<R>(request: Request<R>, worker?: SimWorker): Promise<OperationOutcome<R>> {
    this.asked++;
    return this.#deps.pool.ask(request, { worker, freezesToo: this.#freezesToo });
  }

  /** Asks for something of one place. */
  async record<R>(place: Place, asked: Asked, request: Request<R>, worker?: SimWorker): Promise<OperationOutcome<R>> {
    const part = { place, asked, outcomeOf: (result: R) => ({ outcome: 'ok', result }) as const };
    return this.recordParts([part], request, worker);
  }

  /** Asks for something of several places at once, and writes down an operation for each. */
  async recordParts<R>(
    parts: readonly Part<R>[],
    request: Request<R>,
    worker?: SimWorker,
  ): Promise<OperationOutcome<R>> {
    const write = this.#beginParts(parts);
    const answer = await this.ask(request, worker);
    write(answer);
    return answer;
  }

  /** The same, where an answer that refuses one part says nothing of the others. */
  async askParts<R>(parts: readonly Part<R>[], request: Request<R>): Promise<OperationOutcome<R>> {
    const write = this.#beginParts(parts);
    const answer = await this.ask(request);
    write(answer.outcome === 'failed' ? { outcome: 'unknown', error: answer.error } : answer);
    return answer;
  }

  /** Writes down what was asked for when it began, and is known only now. */
  writeParts<R>(parts: readonly Part<R>[], start: number, begun: readonly Life[], answer: OperationOutcome<R>): void {
    for (const [index, { place, asked, outcomeOf }] of parts.entries()) {
      const [began, ended] = [begun[index] ?? this.topics.lifeOf(place), this.topics.lifeOf(place)];
      const told = answer.outcome === 'ok' ? outcomeOf(answer.result) : answer;
      const outcome = isCertain(began, ended) ? told : changedMeanwhile;
      for (const log of logsConcerned(place, began, ended)) {
        this.write({ log, start, end: this.now, ...asked, answer: outcome });
      }
    }
  }

  #beginParts<R>(parts: readonly Part<R>[]): (answer: OperationOutcome<R>) => void {
    const start = this.now;
    const begun = parts.map(({ place }) => this.topics.lifeOf(place));
    return answer => this.writeParts(parts, start, begun, answer);
  }

  /** Writes down an operation of this client; `asked` and `answer` are of one kind. */
  write<O extends Asked & Timed & { readonly log?: string; readonly answer: OperationOutcome<unknown> }>(
    operation: O,
  ): O {
    const written = { client: this.name, ...operation };
    this.#deps.history.push(written as unknown as Operation);
    return written;
  }
}
