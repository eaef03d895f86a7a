import { expect, it } from 'vitest';
import { throttled } from '../../lib/adapters/memory/faults.ts';
import { fetchPartitions } from '../../lib/fetch/fetch-partitions.ts';
import { commitInstance } from '../../lib/groups/commit-instance.ts';
import { createInstance, deleteInstance } from '../../lib/groups/create-instance.ts';
import { pollInstance } from '../../lib/groups/poll-instance.ts';
import { readCommitted } from '../../lib/groups/read-offsets.ts';
import { seekInstance } from '../../lib/groups/seek-instance.ts';
import type { GroupServices } from '../../lib/groups/services.ts';
import {
  assignInstance,
  readAssignment,
  subscribeInstance,
  unsubscribeInstance,
} from '../../lib/groups/subscribe-instance.ts';
import type { MillraceError } from '../../lib/protocol/errors.ts';
import { addPartitions } from '../../lib/topics/alter-topic.ts';
import { createTopic } from '../../lib/topics/create-topic.ts';
import { anotherWorker, GROUP, type GroupWorld, groupWorld, produce } from './world.ts';

const at = (instanceId: string) => ({ groupId: GROUP, instanceId });

interface Options {
  readonly autoCommit?: boolean;
  readonly offsetReset?: 'earliest' | 'latest' | 'none';
}

async function create(
  services: GroupServices,
  name: string,
  { autoCommit = false, offsetReset = 'earliest' }: Options = {},
): Promise<void> {
  const format = 'binary' as const;
  const own = { format, autoCommit, offsetReset, fetchMinBytes: 1, requestTimeoutMs: 0 };
  await createInstance(services, { groupId: GROUP, name, ...own });
}

interface Polled {
  /** As `partition:offset`. */
  readonly records: readonly string[];
  readonly pollId: string;
}

async function poll(services: GroupServices, name: string, pollId?: string): Promise<Polled> {
  const { answer, pollId: next } = await pollInstance(services, {
    ...at(name),
    pollId,
    async read({ held }) {
      const partitions = held.map(({ topic, partition, position }) => ({
        topic,
        partition,
        offset: position,
        maxBytes: 1e6,
      }));
      const results = await fetchPartitions(services, { partitions, maxBytes: 1e6, maxWaitMs: 0, minBytes: 1 });
      const records = results.flatMap((result, index) =>
        'error' in result
          ? []
          : offsets(held[index]?.position ?? 0, result.nextOffset).map(offset => `${held[index]?.partition}:${offset}`),
      );
      const read = results.map((result): number | MillraceError =>
        'error' in result ? result.error : result.nextOffset,
      );
      return { answer: records, next: read, isEmpty: records.length === 0 };
    },
  });
  return { records: answer.toSorted(), pollId: next };
}

const offsets = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

const committed = async ({ services }: GroupWorld) =>
  (await readCommitted(services, GROUP)).map(({ partition, offset }) => `${partition}:${offset}`);

it('gives each record once, whichever worker is asked', async () => {
  const world = await groupWorld({ click: 2 });
  await produce(world, 'click', 0, 2);
  await create(world.services, 'one');
  await subscribeInstance(world.services, at('one'), { topics: ['click'] });
  expect((await poll(world.services, 'one')).records).toEqual(['0:0', '0:1']);
  await produce(world, 'click', 1, 1);
  const { services } = anotherWorker(world);
  expect((await poll(services, 'one')).records).toEqual(['1:0']);
  expect((await poll(world.services, 'one')).records).toEqual([]);
});

it('gives no record twice to two polls at once', async () => {
  const world = await groupWorld({ click: 1 });
  await produce(world, 'click', 0, 3);
  await create(world.services, 'one');
  await subscribeInstance(world.services, at('one'), { topics: ['click'] });
  const polls = await Promise.all([poll(world.services, 'one'), poll(anotherWorker(world).services, 'one')]);
  expect(polls.flatMap(({ records }) => records)).toEqual(['0:0', '0:1', '0:2']);
});

it('gives again what a client says that it does not have, and nothing else', async () => {
  const world = await groupWorld({ click: 1 });
  await produce(world, 'click', 0, 1);
  await create(world.services, 'one');
  await subscribeInstance(world.services, at('one'), { topics: ['click'] });
  expect((await poll(world.services, 'one', '')).records).toEqual(['0:0']);
  const again = await poll(world.services, 'one', '');
  expect(again.records).toEqual(['0:0']);
  await produce(world, 'click', 0, 1);
  expect((await poll(world.services, 'one', again.pollId)).records).toEqual(['0:1']);
});

it('stores nothing of a poll that failed', async () => {
  const world = await groupWorld({ click: 1 });
  await produce(world, 'click', 0, 1);
  await create(world.services, 'one');
  await subscribeInstance(world.services, at('one'), { topics: ['click'] });
  world.worker.faults.next('query', throttled);
  await expect(poll(world.services, 'one')).rejects.toMatchObject({ code: 'THROTTLED' });
  expect((await poll(world.services, 'one')).records).toEqual(['0:0']);
});

it('commits by itself what was given before the last poll, and at its end all', async () => {
  const world = await groupWorld({ click: 1 });
  await produce(world, 'click', 0, 2);
  await create(world.services, 'one', { autoCommit: true });
  await subscribeInstance(world.services, at('one'), { topics: ['click'] });
  await poll(world.services, 'one');
  await world.stores.clock.advance(6_000);
  await readAssignment(world.services, at('one'));
  expect(await committed(world)).toEqual([]);
  await produce(world, 'click', 0, 1);
  expect((await poll(world.services, 'one')).records).toEqual(['0:2']);
  expect(await committed(world)).toEqual(['0:2']);
  await deleteInstance(world.services, at('one'));
  expect(await committed(world)).toEqual(['0:3']);
});

it('hands over what it committed, and what it had not comes again', async () => {
  const world = await groupWorld({ click: 1 });
  await produce(world, 'click', 0, 4);
  await create(world.services, 'one');
  await subscribeInstance(world.services, at('one'), { topics: ['click'] });
  await poll(world.services, 'one');
  await commitInstance(world.services, { ...at('one'), offsets: [{ topic: 'click', partition: 0, offset: 3 }] });
  await deleteInstance(world.services, at('one'));
  await expect(poll(world.services, 'one')).rejects.toMatchObject({ code: 'UNKNOWN_MEMBER' });
  await create(world.services, 'two');
  await subscribeInstance(world.services, at('two'), { topics: ['click'] });
  expect((await poll(world.services, 'two')).records).toEqual(['0:3']);
});

it('refuses a second instance of a name that lives, and takes the place of one that is gone', async () => {
  const world = await groupWorld();
  await create(world.services, 'one');
  await expect(create(world.services, 'one')).rejects.toMatchObject({ code: 'CONSUMER_EXISTS' });
  await world.stores.clock.advance(300_001);
  await expect(poll(world.services, 'one')).rejects.toMatchObject({ code: 'UNKNOWN_MEMBER' });
  await create(world.services, 'one');
});

it('reads on from where it is told', async () => {
  const world = await groupWorld({ click: 1 });
  await produce(world, 'click', 0, 3);
  await create(world.services, 'one');
  await subscribeInstance(world.services, at('one'), { topics: ['click'] });
  const seek = (to: Parameters<typeof seekInstance>[2][number]['to'], partition = 0) =>
    seekInstance(world.services, at('one'), [{ topic: 'click', partition, to }]);
  await seek({ kind: 'offset', offset: 2 });
  expect((await poll(world.services, 'one')).records).toEqual(['0:2']);
  await seek({ kind: 'earliest' });
  expect((await poll(world.services, 'one')).records).toEqual(['0:0', '0:1', '0:2']);
  await seek({ kind: 'timestamp', timestamp: 1 });
  expect((await poll(world.services, 'one')).records).toHaveLength(3);
  await seek({ kind: 'latest' });
  expect((await poll(world.services, 'one')).records).toEqual([]);
  await expect(seek({ kind: 'latest' }, 5)).rejects.toMatchObject({ code: 'ILLEGAL_CONSUMER_STATE' });
  // beyond the end, from where the instance says
  await seek({ kind: 'offset', offset: 99 });
  expect((await poll(world.services, 'one')).records).toEqual([]);
  expect((await poll(world.services, 'one')).records).toHaveLength(3);
});

it('reads partitions of its own choice beside others, but commits only where nobody shares them', async () => {
  const world = await groupWorld({ click: 2 });
  await produce(world, 'click', 0, 1);
  await create(world.services, 'own');
  const partitions = [{ topic: 'click', partition: 0 }];
  await assignInstance(world.services, at('own'), partitions);
  await expect(subscribeInstance(world.services, at('own'), { topics: ['click'] })).rejects.toMatchObject({
    code: 'ILLEGAL_CONSUMER_STATE',
  });
  expect((await poll(world.services, 'own')).records).toEqual(['0:0']);
  await commitInstance(world.services, at('own'));
  expect(await committed(world)).toEqual(['0:1']);
  await create(world.services, 'one');
  await subscribeInstance(world.services, at('one'), { topics: ['click'] });
  await expect(assignInstance(world.services, at('one'), partitions)).rejects.toMatchObject({
    code: 'ILLEGAL_CONSUMER_STATE',
  });
  await produce(world, 'click', 0, 1);
  expect((await poll(world.services, 'own')).records).toEqual(['0:1']);
  await expect(commitInstance(world.services, at('own'))).rejects.toMatchObject({ code: 'GROUP_NOT_EMPTY' });
});

it('that begins at the end begins where that was when it subscribed', async () => {
  const world = await groupWorld({ click: 2 });
  await produce(world, 'click', 0, 2);
  await create(world.services, 'one', { offsetReset: 'latest' });
  await subscribeInstance(world.services, at('one'), { topics: ['click', 'upload'] });
  await produce(world, 'click', 0, 1);
  await produce(world, 'click', 1, 1);
  await addPartitions(world.services, 'click', 3);
  await produce(world, 'click', 2, 1);
  await createTopic(world.services, { name: 'upload' });
  await produce(world, 'upload', 0, 1);
  expect((await poll(world.services, 'one')).records).toEqual(['0:2', '1:0']);
  await world.stores.clock.advance(3_100);
  // what came later is read from its first record
  expect((await poll(world.services, 'one')).records).toEqual(['0:0', '2:0']);
});

it('that joins later skips nothing of what came to the group’s topics meanwhile', async () => {
  const world = await groupWorld({ click: 1 });
  await create(world.services, 'one', { offsetReset: 'latest' });
  await subscribeInstance(world.services, at('one'), { topics: [], pattern: 'cl.*|up.*' });
  await createTopic(world.services, { name: 'upload' });
  await addPartitions(world.services, 'click', 2);
  await produce(world, 'upload', 0, 1);
  await produce(world, 'click', 1, 1);
  await create(world.services, 'two', { offsetReset: 'latest' });
  await subscribeInstance(world.services, at('two'), { topics: ['upload', 'click'] });
  await world.stores.clock.advance(3_100);
  const records: string[] = [];
  for (let round = 0; round < 4; round++) {
    for (const name of ['one', 'two']) records.push(...(await poll(world.services, name)).records);
    await world.stores.clock.advance(3_100);
  }
  expect(records.toSorted()).toEqual(['0:0', '1:0']);
});

it('without an offset, and told to make none up, says so', async () => {
  const world = await groupWorld({ click: 1 });
  await create(world.services, 'one', { offsetReset: 'none' });
  await subscribeInstance(world.services, at('one'), { topics: ['click'] });
  await expect(poll(world.services, 'one')).rejects.toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' });
});

it('that unsubscribes gives its partitions up at once', async () => {
  const world = await groupWorld({ click: 2 });
  await create(world.services, 'one');
  await subscribeInstance(world.services, at('one'), { topics: ['click'] });
  await create(world.services, 'two');
  await subscribeInstance(world.services, at('two'), { topics: ['click'] });
  await unsubscribeInstance(world.services, at('one'));
  await expect(poll(world.services, 'one')).rejects.toMatchObject({ code: 'ILLEGAL_CONSUMER_STATE' });
  await world.stores.clock.advance(3_100);
  await poll(world.services, 'two');
  expect(await readAssignment(world.services, at('two'))).toHaveLength(2);
});
