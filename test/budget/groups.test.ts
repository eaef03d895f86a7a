/** What a member of a group costs in requests, on the DynamoDB adapter. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { commitOffsets } from '../../lib/groups/commit-offsets.ts';
import { createInstance } from '../../lib/groups/create-instance.ts';
import { type HeartbeatAnswer, heartbeat } from '../../lib/groups/heartbeat.ts';
import { pollInstance } from '../../lib/groups/poll-instance.ts';
import { createGroupServices, type GroupServices } from '../../lib/groups/services.ts';
import { subscribeInstance } from '../../lib/groups/subscribe-instance.ts';
import { createTopic } from '../../lib/topics/create-topic.ts';
import { settings } from '../groups/world.ts';
import { type CountedStores, openCountedStores } from './counted-stores.ts';

let stores: CountedStores;

beforeAll(async () => {
  stores = await openCountedStores();
});

afterAll(() => stores.close());

const worker = () => createGroupServices(stores.worker());
const requestsOf = (call: () => Promise<unknown>) => stores.requestsOf(call);

/** So many members that hardly one of them reconciles; one of them is `one`. */
const OTHERS = 40;

async function beat(
  services: GroupServices,
  groupId: string,
  memberId: string,
  last?: HeartbeatAnswer,
): Promise<HeartbeatAnswer> {
  const held = (last?.partitions ?? []).map(({ topic, partition, since }) => ({ topic, partition, since }));
  const isJoining = last === undefined;
  const incarnation = memberId;
  const joining = isJoining ? settings(['budget']) : undefined;
  return heartbeat(services, { groupId, memberId, incarnation, joining, held });
}

it('a heartbeat costs two gets, a commit one get and one write more where the worker wrote the cell last', async () => {
  const warm = worker();
  await createTopic(warm, { name: 'budget' });
  await warm.topics.resolve('budget');
  const joined = await beat(warm, 'commits', 'one');
  const [held] = joined.partitions;
  if (!held) throw new Error('no partition');
  // the settled group of one member is not reconciled within 3 s
  expect(await requestsOf(() => beat(warm, 'commits', 'one', joined))).toEqual({ GetItem: 2 });

  const commit = (services: GroupServices, offset: number) =>
    commitOffsets(services, {
      groupId: 'commits',
      member: { memberId: 'one', incarnation: 'one' },
      offsets: [{ topic: 'budget', partition: 0, since: held.since, offset }],
    });
  expect(await requestsOf(() => commit(warm, 1))).toEqual({ GetItem: 1, PutItem: 1 });
  expect(await requestsOf(() => commit(warm, 2))).toEqual({ GetItem: 1, PutItem: 1 });
  // with the name of the topic, which it believes from then on
  const other = worker();
  expect(await requestsOf(() => commit(other, 3))).toEqual({ GetItem: 3, PutItem: 1 });
  expect(await requestsOf(() => commit(other, 4))).toEqual({ GetItem: 1, PutItem: 1 });
});

it('of many members few read all the others', async () => {
  const warm = worker();
  const first = await beat(warm, 'many', 'one');
  for (let index = 0; index < OTHERS; index++) await beat(warm, 'many', `other-${index}`);
  expect(await requestsOf(() => beat(warm, 'many', 'one', first))).toEqual({ GetItem: 2 });
});

it('a poll costs two gets beside its fetch, and a write where it has records', async () => {
  const warm = worker();
  const own = {
    format: 'json',
    autoCommit: false,
    offsetReset: 'latest',
    fetchMinBytes: 1,
    requestTimeoutMs: 0,
  } as const;
  await createInstance(warm, { groupId: 'polls', name: 'one', ...own });
  const name = { groupId: 'polls', instanceId: 'one' };
  await subscribeInstance(warm, name, { topics: ['budget'] });
  const poll = (isEmpty: boolean) =>
    pollInstance(warm, {
      ...name,
      read: async ({ held }) => ({
        answer: '',
        isEmpty,
        next: held.map(({ position }) => position + Number(!isEmpty)),
      }),
    });
  await poll(true);
  expect(await requestsOf(() => poll(true))).toEqual({ GetItem: 2 });
  expect(await requestsOf(() => poll(false))).toEqual({ GetItem: 2, PutItem: 1 });
});
