/** What triggers cost in requests, on the DynamoDB adapter: those of Lambda are one for each event, and one to start a run. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SystemClock } from '../../lib/adapters/system/system-clock.ts';
import { createGroupServices } from '../../lib/groups/services.ts';
import { deadlineIn } from '../../lib/log/deadline.ts';
import type { TopicPartition } from '../../lib/log/topic-partition.ts';
import type { RunRequest } from '../../lib/ports/runner-starter.ts';
import { produceRecords } from '../../lib/produce/produce-records.ts';
import { createTopic } from '../../lib/topics/create-topic.ts';
import { createTrigger } from '../../lib/triggers/create-trigger.ts';
import { startDue, startGrown, sweepTriggers } from '../../lib/triggers/dispatch.ts';
import { runPartition } from '../../lib/triggers/run-partition.ts';
import type { RunnerServices } from '../../lib/triggers/services.ts';
import { triggerSettings } from '../../lib/triggers/settings.ts';
import { TopicNames } from '../../lib/triggers/topic-names.ts';
import { type CountedStores, openCountedStores } from './counted-stores.ts';

const NAME = 'click';

let stores: CountedStores;
let invocations = 0;
const started: RunRequest[] = [];
let request: RunRequest;
let at: TopicPartition;

/** A worker that believes nothing yet. */
const worker = (): RunnerServices => ({
  ...createGroupServices(stores.worker()),
  starter: { start: async run => void started.push(run) },
  refusalOfFunction: () => undefined,
  refusalOfDestination: () => undefined,
  target: {
    invoke: async () => {
      invocations++;
      return { outcome: 'done', response: 'null' };
    },
  },
  destination: { refusalOf: () => undefined, send: async () => undefined },
  bootstrapServers: 'test:1',
  longestPauseMs: 1_000,
  onTriggerFailure: () => undefined,
});

const soon = () => deadlineIn(new SystemClock(), 10 * 60_000);

async function produce(count: number): Promise<void> {
  const records = Array.from({ length: count }, () => ({ key: null, value: Buffer.from('v') }));
  await produceRecords(worker(), { topic: NAME, records, deadline: soon() });
}

const requestsOf = (call: () => Promise<unknown>) => stores.requestsOf(call);

beforeAll(async () => {
  stores = await openCountedStores();
  const services = worker();
  const { topicId } = await createTopic(services, { name: NAME });
  const trigger = await createTrigger(services, {
    name: 'count',
    topics: [NAME],
    groupId: 'count',
    startingPosition: 'TRIM_HORIZON',
    ...triggerSettings({ function: 'f', batchSize: 10 }),
  });
  at = { topicId, partition: 0 };
  request = { trigger: trigger.name, triggerId: trigger.triggerId, topicId, partition: 0 };
  await produce(1);
  await runPartition(services, request, soon());
});

afterAll(() => stores.close());

it('a run costs 3 gets and 3 queries, 3 writes and a deletion for one event, and a get and a write for each that follows', async () => {
  const warm = worker();
  await runPartition(warm, request, soon());
  invocations = 0;
  await produce(10);
  const one = { GetItem: 3, Query: 3, PutItem: 3, DeleteItem: 1 };
  expect(await requestsOf(() => runPartition(warm, request, soon()))).toEqual(one);
  expect(invocations).toBe(1);
  await produce(50);
  const five = { ...one, GetItem: one.GetItem + 4, PutItem: one.PutItem + 4 };
  expect(await requestsOf(() => runPartition(warm, request, soon()))).toEqual(five);
  expect(invocations).toBe(6);
});

it('a run that finds nothing costs 2 gets and 2 queries, a write and a deletion', async () => {
  const warm = worker();
  await runPartition(warm, request, soon());
  invocations = 0;
  const idle = { GetItem: 2, Query: 2, PutItem: 1, DeleteItem: 1 };
  expect(await requestsOf(() => runPartition(warm, request, soon()))).toEqual(idle);
  expect(invocations).toBe(0);
});

it('a run of a worker that believes nothing costs the name of the topic and the state of the partition besides', async () => {
  await produce(1);
  const cold = worker();
  const { GetItem } = await requestsOf(() => runPartition(cold, request, soon()));
  expect(GetItem).toBe(5);
});

it('to wake costs a query, and one more where a topic is new, and a get for each partition of each trigger', async () => {
  const services = worker();
  const names = new TopicNames(services.cluster);
  started.length = 0;
  expect(await requestsOf(() => startGrown(services, [at], names))).toEqual({ Query: 2, GetItem: 1 });
  expect(await requestsOf(() => startGrown(services, [at], names))).toEqual({ Query: 1, GetItem: 1 });
  expect(started).toEqual([request, request]);
});

it('to look at what is due costs 3 queries; at everything as many, a get for each trigger, and a get and a query for each partition', async () => {
  const warm = worker();
  await sweepTriggers(warm, soon());
  expect(await requestsOf(() => startDue(warm, soon()))).toEqual({ Query: 3 });
  expect(await requestsOf(() => sweepTriggers(warm, soon()))).toEqual({ Query: 4, GetItem: 2 });
});
