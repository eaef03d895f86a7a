/**
 * A trigger of one partition whose parts are moved by hand: batches are appended, wake is told of them, a runner delivers them. What wake
 * and the runner ask of the stores is counted, each for itself; what the producer does is not.
 */
import { deadlineIn } from '../../lib/log/deadline.ts';
import { awsLogSettings, type LogSettings } from '../../lib/log/deps.ts';
import type { TopicPartition } from '../../lib/log/topic-partition.ts';
import type { RunRequest } from '../../lib/ports/runner-starter.ts';
import { createTopic } from '../../lib/topics/create-topic.ts';
import { createTrigger } from '../../lib/triggers/create-trigger.ts';
import { partitionsBehind, startGrown } from '../../lib/triggers/dispatch.ts';
import { runPartition } from '../../lib/triggers/run-partition.ts';
import { noTriggers, type RunnerServices, type TriggerPorts } from '../../lib/triggers/services.ts';
import { triggerSettings } from '../../lib/triggers/settings.ts';
import { TopicNames } from '../../lib/triggers/topic-names.ts';
import { LeapingClock } from './leaping-clock.ts';
import { MeteredWorker } from './metered-worker.ts';
import type { Stores } from './stores.ts';
import { batchOf, type Shape } from './workload.ts';

const NAME = 'bench';

/** As long as a runner has in AWS; none here takes it. */
const RUN_MS = 15 * 60_000;
const APPEND_WITHIN_MS = 20_000;

export interface BenchTriggerOptions {
  /** In which there is nothing yet. */
  readonly stores: Stores;
  readonly shape: Shape;
  readonly settings?: LogSettings;
}

export class BenchTrigger {
  readonly clock: LeapingClock;
  readonly wake: MeteredWorker;
  readonly runner: MeteredWorker;
  /** What the function does. */
  onInvoke: () => Promise<void> = async () => {};
  readonly #producer: MeteredWorker;
  /** Of a wake that is warm. */
  readonly #names: TopicNames;
  readonly #at: TopicPartition;
  readonly #shape: Shape;
  readonly #batch: Uint8Array;
  #started: RunRequest[] = [];

  private constructor({ shape }: BenchTriggerOptions, parts: Parts) {
    this.clock = parts.clock;
    this.wake = parts.newWorker();
    this.runner = parts.newWorker();
    this.#producer = parts.producer;
    this.#names = new TopicNames(this.wake.services.cluster);
    this.#at = parts.at;
    this.#shape = shape;
    this.#batch = batchOf(shape);
  }

  /** A topic, and its trigger, whose events hold as many records as each batch that is appended. */
  static async open(options: BenchTriggerOptions): Promise<BenchTrigger> {
    const { stores, shape, settings = awsLogSettings } = options;
    const clock = new LeapingClock();
    const newWorker = () => new MeteredWorker({ stores, clock, settings });
    const producer = newWorker();
    const { topicId } = await createTopic(producer.services, { name: NAME, partitions: 1 });
    const trigger = new BenchTrigger(options, { clock, newWorker, producer, at: { topicId, partition: 0 } });
    await createTrigger(
      { ...producer.services, ...trigger.#ports },
      {
        name: NAME,
        topics: [NAME],
        groupId: NAME,
        startingPosition: 'TRIM_HORIZON',
        ...triggerSettings({ function: NAME, batchSize: shape.batchRecords }),
      },
    );
    trigger.#started = [];
    return trigger;
  }

  /** Of all of its parts, the producer too, since it was opened. */
  get calls(): number {
    return this.wake.calls + this.runner.calls + this.#producer.calls;
  }

  async append(): Promise<void> {
    const { services } = this.#producer;
    const batch = { bytes: this.#batch, count: this.#shape.batchRecords, maxTimestamp: this.clock.now() };
    const deadline = deadlineIn(this.clock, APPEND_WITHIN_MS);
    await services.logs.of(this.#at).append({ batches: [batch], stampAppendTime: false }, deadline);
  }

  /** Wake is told that the partition has grown. @returns runners that it started */
  async wakeUp(): Promise<number> {
    const services = { ...this.wake.services, ...this.#ports };
    const { started } = await this.wake.work(() => startGrown(services, [this.#at], this.#names));
    return started;
  }

  /** The look of a server on one machine at all partitions. @returns runners that it started */
  async look(): Promise<number> {
    const services = { ...this.wake.services, ...this.#ports };
    const { behind } = await this.wake.work(() => partitionsBehind(services, new Set()));
    this.#started.push(...behind);
    return behind.length;
  }

  /** Runs what was started, to its end. */
  async run(): Promise<void> {
    const requests = this.#started;
    this.#started = [];
    for (const request of requests) {
      const deadline = deadlineIn(this.clock, RUN_MS);
      const { end } = await this.runner.work(() => runPartition(this.#runnerServices, request, deadline));
      if (end !== 'idle') throw new Error(`a run came to no end: ${end}`);
    }
  }

  get #ports(): TriggerPorts {
    const starter = { start: async (run: RunRequest) => void this.#started.push(run) };
    return { ...noTriggers, starter, refusalOfFunction: () => undefined };
  }

  get #runnerServices(): RunnerServices {
    return {
      ...this.runner.services,
      ...this.#ports,
      target: { invoke: async () => this.#invoke() },
      destination: { refusalOf: () => undefined, send: async () => {} },
      bootstrapServers: NAME,
      longestPauseMs: RUN_MS,
      onTriggerFailure: ({ error }) => {
        throw new Error(`the bench's own function failed: ${error}`);
      },
    };
  }

  async #invoke() {
    await this.runner.aside(this.onInvoke);
    return { outcome: 'done', response: 'null' } as const;
  }
}

interface Parts {
  readonly clock: LeapingClock;
  readonly newWorker: () => MeteredWorker;
  readonly producer: MeteredWorker;
  readonly at: TopicPartition;
}
