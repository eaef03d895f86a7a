/** Triggers over the memory adapters: a function that does what a test says, and a list of the runners that were started. */
import { createGroupServices } from '../../lib/groups/services.ts';
import type { FailedBatch } from '../../lib/ports/failure-destination.ts';
import type { RunRequest } from '../../lib/ports/runner-starter.ts';
import type { TargetAnswer, TargetCall } from '../../lib/ports/trigger-target.ts';
import { produceRecords } from '../../lib/produce/produce-records.ts';
import { createTopic } from '../../lib/topics/create-topic.ts';
import type { Trigger } from '../../lib/triggers/cells.ts';
import { createTrigger, type NewTrigger } from '../../lib/triggers/create-trigger.ts';
import { describeTrigger } from '../../lib/triggers/describe-trigger.ts';
import { runPartition } from '../../lib/triggers/run-partition.ts';
import type { TriggerFailure } from '../../lib/triggers/run-report.ts';
import type { RunnerServices } from '../../lib/triggers/services.ts';
import { triggerSettings } from '../../lib/triggers/settings.ts';
import { FAR } from '../support/far-deadline.ts';
import type { Kill } from '../support/kill.ts';
import { memoryStores, type TestStores, type TestWorker } from '../support/memory-services.ts';

/** What a function is given, read from its event. */
export interface Delivered {
  readonly topic: string;
  readonly partition: number;
  readonly offsets: readonly number[];
  readonly values: readonly (string | null)[];
}

export type Behaviour = (delivered: Delivered, call: TargetCall) => TargetAnswer | Promise<TargetAnswer>;

export const done: TargetAnswer = { outcome: 'done', response: 'null' };
export const failed: TargetAnswer = { outcome: 'failed', error: 'Error: no' };

export interface TriggerWorker extends TestWorker {
  readonly services: RunnerServices;
}

export class TriggerWorld {
  readonly stores: TestStores = memoryStores();
  /** Every event, in the order in which it was sent. */
  readonly delivered: Delivered[] = [];
  readonly started: RunRequest[] = [];
  readonly failures: TriggerFailure[] = [];
  readonly sent: FailedBatch[] = [];
  behave: Behaviour = () => done;
  /** What the destination does with a batch. */
  send: (batch: FailedBatch) => void | Promise<void> = batch => void this.sent.push(batch);
  readonly worker: TriggerWorker;

  constructor() {
    this.worker = this.newWorker();
  }

  get services(): RunnerServices {
    return this.worker.services;
  }

  /** @param pass stands before every port call of the worker, those of its stores as well */
  newWorker(options: Parameters<TestStores['worker']>[0] = {}, pass: Kill['pass'] = apply => apply()): TriggerWorker {
    const worker = this.stores.worker(options);
    const { intercept } = worker.faults;
    worker.faults.intercept = (call, apply) => pass(() => intercept(call, apply));
    const services: RunnerServices = {
      ...createGroupServices(worker.services),
      starter: { start: run => pass(async () => void this.started.push(run)) },
      refusalOfFunction: () => undefined,
      refusalOfDestination: () => undefined,
      bootstrapServers: 'test:1',
      longestPauseMs: 5 * 60_000,
      onTriggerFailure: failure => this.failures.push(failure),
      target: { invoke: call => pass(() => this.#invoke(call)) },
      destination: { refusalOf: () => undefined, send: batch => pass(async () => this.send(batch)) },
    };
    return { ...worker, services };
  }

  async topic(name = 'click', partitions = 1, config: Readonly<Record<string, string>> = {}): Promise<void> {
    await createTopic(this.services, { name, partitions, config: new Map(Object.entries(config)) });
  }

  /** A trigger of `click` from its start. */
  create(wanted: Partial<NewTrigger> = {}): Promise<Trigger> {
    const {
      name = 'count',
      topics = ['click'],
      groupId = name,
      startingPosition = 'TRIM_HORIZON',
      ...settings
    } = wanted;
    return createTrigger(this.services, {
      name,
      topics,
      groupId,
      startingPosition,
      ...triggerSettings({ function: 'f', ...settings }),
      ...(settings.startingTimestamp !== undefined && { startingTimestamp: settings.startingTimestamp }),
    });
  }

  async produce(
    values: readonly (string | null)[],
    { topic = 'click', partition = 0, timestamp = Math.floor(this.stores.clock.now()) } = {},
  ) {
    const records = values.map(value => ({
      partition,
      timestamp,
      key: value === null ? Buffer.from('gone') : null,
      value: value === null ? null : Buffer.from(value),
    }));
    const results = await produceRecords(this.services, { topic, records, deadline: FAR });
    const error = results.find(result => 'error' in result);
    if (error && 'error' in error) throw error.error;
  }

  async request(trigger: Trigger, partition = 0, topic = 'click'): Promise<RunRequest> {
    const { topicId } = await this.services.topics.read(topic);
    return { trigger: trigger.name, triggerId: trigger.triggerId, topicId, partition };
  }

  /** Runs a partition, and lets the time pass that it sleeps. */
  async run(trigger: Trigger, { partition = 0, worker = this.worker, deadline = FAR } = {}) {
    return this.runRequest(await this.request(trigger, partition), { worker, deadline });
  }

  async runRequest(request: RunRequest, { worker = this.worker, deadline = FAR } = {}) {
    const running = runPartition(worker.services, request, deadline);
    let isOver = false;
    const ended = running.finally(() => {
      isOver = true;
    });
    ended.catch(() => undefined);
    while (!isOver) await this.stores.clock.advance(50);
    return ended;
  }

  async offset(trigger: Trigger, partition = 0): Promise<number | undefined> {
    const { partitions } = await describeTrigger(this.services, trigger.name);
    return partitions.find(each => each.partition === partition)?.currentOffset;
  }

  async #invoke(call: TargetCall): Promise<TargetAnswer> {
    const delivered = deliveredBy(call.payload);
    this.delivered.push(delivered);
    return this.behave(delivered, call);
  }
}

interface EventRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly value: string | null;
}

export function deliveredBy(payload: string): Delivered {
  const event = JSON.parse(payload) as { readonly records: Readonly<Record<string, readonly EventRecord[]>> };
  const records = Object.values(event.records).flat();
  return {
    topic: records[0]?.topic ?? '',
    partition: records[0]?.partition ?? -1,
    offsets: records.map(({ offset }) => offset),
    values: records.map(({ value }) => (value === null ? null : Buffer.from(value, 'base64').toString())),
  };
}
