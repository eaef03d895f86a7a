import { describe, expect, it } from 'vitest';
import { replyLost, requestLost } from '../../lib/adapters/memory/faults.ts';
import { readAllTopics } from '../../lib/log/topic-list.ts';
import { limits } from '../../lib/protocol/limits.ts';
import { addPartitions, alterConfigs } from '../../lib/topics/alter-topic.ts';
import { ClusterId } from '../../lib/topics/cluster-id.ts';
import { type CreateTopicRequest, createTopic } from '../../lib/topics/create-topic.ts';
import { deleteTopic } from '../../lib/topics/delete-topic.ts';
import { Worker } from '../../lib/topics/workers.ts';
import { drive } from '../support/drive.ts';
import { memoryStores, type TestStores, type TestWorker } from '../support/memory-services.ts';

const create = ({ clock }: TestStores, { services }: TestWorker, request: CreateTopicRequest) =>
  drive(clock, createTopic(services, request));

const remove = ({ clock }: TestStores, { services }: TestWorker, name: string) =>
  drive(clock, deleteTopic(services, name));

const namesOf = async ({ services }: TestWorker) => (await readAllTopics(services.cluster)).map(({ name }) => name);

describe('creating a topic', () => {
  it('makes it known to every worker at once', async () => {
    const stores = memoryStores();
    const [one, two] = [stores.worker(), stores.worker()];
    const topic = await create(stores, one, { name: 'click', partitions: 3 });
    expect(await two.services.topics.resolve('click')).toMatchObject({ topicId: topic.topicId, partitions: 3 });
  });

  it('has one winner when two workers race, and tells the other that it exists', async () => {
    const stores = memoryStores();
    const both = await Promise.allSettled([
      create(stores, stores.worker(), { name: 'click' }),
      create(stores, stores.worker(), { name: 'click' }),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'TOPIC_ALREADY_EXISTS' },
    });
  });

  it.each([
    ['applied and lost', replyLost],
    ['lost before it', requestLost],
  ])('succeeds once when the reply to its write is %s', async (_name, fault) => {
    const stores = memoryStores();
    const worker = stores.worker();
    worker.faults.next('create', fault);
    const topic = await create(stores, worker, { name: 'click' });
    expect((await worker.services.topics.read('click')).topicId).toBe(topic.topicId);
  });

  it('writes nothing when it only validates', async () => {
    const stores = memoryStores();
    const worker = stores.worker();
    await create(stores, worker, { name: 'click', validateOnly: true });
    expect(await namesOf(worker)).toEqual([]);
    await create(stores, worker, { name: 'click' });
    await expect(create(stores, worker, { name: 'click', validateOnly: true })).rejects.toMatchObject({
      code: 'TOPIC_ALREADY_EXISTS',
    });
  });

  const max = limits.partitionsPerTopic;

  it.each([
    ['INVALID_TOPIC', { name: '' }],
    ['INVALID_TOPIC', { name: '..' }],
    ['INVALID_TOPIC', { name: 'a b' }],
    ['INVALID_TOPIC', { name: 'a'.repeat(250) }],
    ['INVALID_PARTITIONS', { name: 'a', partitions: 0 }],
    ['INVALID_PARTITIONS', { name: 'a', partitions: max + 1 }],
    ['INVALID_REPLICATION_FACTOR', { name: 'a', replicationFactor: 0 }],
    ['INVALID_CONFIG', { name: 'a', config: new Map([['retention.hours', '1']]) }],
    ['INVALID_CONFIG', { name: 'a', config: new Map([['retention.ms', '-2']]) }],
    ['INVALID_CONFIG', { name: 'a', config: new Map([['min.insync.replicas', '2']]) }],
    ['INVALID_CONFIG', { name: 'a', config: new Map([['__proto__', '2']]) }],
  ] as const)('is refused with %s for %o', async (code, request) => {
    const stores = memoryStores();
    const worker = stores.worker();
    await expect(create(stores, worker, request)).rejects.toMatchObject({ code });
    expect(await namesOf(worker)).toEqual([]);
  });

  it('takes the longest name, the most partitions, and names that objects have of themselves', async () => {
    const stores = memoryStores();
    const worker = stores.worker();
    await create(stores, worker, { name: 'a'.repeat(249), partitions: max });
    await create(stores, worker, { name: '__proto__' });
    await create(stores, worker, { name: 'constructor' });
    expect(await namesOf(worker)).toEqual(['__proto__', 'a'.repeat(249), 'constructor']);
  });
});

describe('deleting a topic', () => {
  it('keeps its name taken for as long as some worker may answer by it', async () => {
    const stores = memoryStores();
    const worker = stores.worker();
    const first = await create(stores, worker, { name: 'click' });
    await remove(stores, worker, 'click');
    await expect(worker.services.topics.resolve('click')).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC' });
    await stores.clock.advance(15_000);
    await expect(create(stores, worker, { name: 'click' })).rejects.toMatchObject({ code: 'TOPIC_NAME_NOT_FREE' });
    await stores.clock.advance(1);
    const second = await create(stores, worker, { name: 'click' });
    expect(second.topicId).not.toBe(first.topicId);
  });

  it('of a topic that is not there is refused', async () => {
    const stores = memoryStores();
    await expect(remove(stores, stores.worker(), 'click')).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC' });
  });

  it('reaches a worker that believes in it within 10 s', async () => {
    const stores = memoryStores();
    const [one, two] = [stores.worker(), stores.worker()];
    await create(stores, one, { name: 'click' });
    await two.services.topics.resolve('click');
    await remove(stores, one, 'click');
    await stores.clock.advance(10_000);
    expect(await two.services.topics.resolve('click')).toBeDefined();
    await stores.clock.advance(1);
    await expect(two.services.topics.resolve('click')).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC' });
  });
});

describe('altering a topic', () => {
  it('sets and resets configs all together or not at all', async () => {
    const stores = memoryStores();
    const { services } = stores.worker();
    await drive(stores.clock, createTopic(services, { name: 'a', config: new Map([['retention.ms', '5']]) }));
    const good = { name: 'retention.ms', operation: 'DELETE' } as const;
    const bad = { name: 'cleanup.policy', operation: 'SET', value: 'shred' } as const;
    await expect(alterConfigs(services, { name: 'a', changes: [good, bad] })).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
    });
    expect((await services.topics.read('a')).config).toEqual({ 'retention.ms': '5' });
    await alterConfigs(services, { name: 'a', changes: [good, { ...bad, value: 'compact' }] });
    expect((await services.topics.read('a')).config).toEqual({ 'cleanup.policy': 'compact' });
  });

  it('loses no change when two workers make one each at the same time', async () => {
    const stores = memoryStores();
    const workers = [stores.worker(), stores.worker()].map(({ services }) => services);
    await drive(stores.clock, createTopic(workers[0] as never, { name: 'a' }));
    const keys = ['retention.ms', 'segment.ms'];
    await Promise.all(
      workers.map((services, index) =>
        alterConfigs(services, { name: 'a', changes: [{ name: String(keys[index]), operation: 'SET', value: '7' }] }),
      ),
    );
    expect((await stores.worker().services.topics.read('a')).config).toEqual({
      'retention.ms': '7',
      'segment.ms': '7',
    });
  });

  it('adds partitions, and never takes any away', async () => {
    const stores = memoryStores();
    const { services } = stores.worker();
    await drive(stores.clock, createTopic(services, { name: 'a', partitions: 2 }));
    expect((await addPartitions(services, 'a', 3)).partitions).toBe(3);
    for (const partitions of [3, 2]) {
      await expect(addPartitions(services, 'a', partitions)).rejects.toMatchObject({ code: 'INVALID_PARTITIONS' });
    }
  });
});

it('gives every worker of an empty store the same cluster id', async () => {
  const stores = memoryStores();
  const ids = await Promise.all([1, 2, 3, 4].map(() => new ClusterId(stores.worker().services).get()));
  expect(new Set(ids).size).toBe(1);
});

it('lists the workers seen within the last 15 min, and itself', async () => {
  const stores = memoryStores();
  const [one, two] = [1, 2].map(port => new Worker(stores.worker().services, { host: 'h', port }));
  await one?.beSeen();
  expect((await two?.list())?.map(({ port }) => port).sort()).toEqual([1, 2]);
  await stores.clock.advance(15 * 60_000);
  expect((await two?.list())?.map(({ port }) => port)).toEqual([2]);
});
