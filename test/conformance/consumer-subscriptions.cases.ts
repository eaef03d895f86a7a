/** What a consumer instance of v2 reads: topics that it shares with its group, or partitions of its own choice. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Client } from './client.ts';
import {
  assigned,
  assignmentOf,
  createInstance,
  done,
  type Instance,
  places,
  placesOf,
  poll,
  pollFor,
  pollUntil,
  postTo,
  produceTo,
  sharing,
  subscribed,
  topicOf,
} from './support/consumers.ts';
import { expectError, misfit } from './support/refusals.ts';

const illegal = { status: 409, code: 40903 } as const;

/** Patterns that other engines take hours over. */
const catastrophic = ['(a+)+$', '(a|a)*b', '([a-zA-Z0-9.-]+)*x', '^(([a-z])+.)+[A-Z]([a-z])+$'];

export function consumerSubscriptionCases(client: Client): void {
  let topic: string;
  let other: string;

  beforeAll(async () => {
    topic = await topicOf(client, { partitions: 2, count: 2 });
    other = await topicOf(client, { count: 1 });
  });

  const subscription = async ({ path }: Instance) => (await client.get(`${path}/subscription`)).json;

  const subscribe = (instance: Instance, json: unknown) => done(postTo(client, instance, 'subscription', json));

  describe.concurrent('a subscription', sharing, () => {
    it('is to topics by name, and gives all their partitions where nobody else is there', async () => {
      const instance = await createInstance(client);
      expect(await subscription(instance)).toEqual({ topics: [] });
      await subscribe(instance, { topics: [topic, other, topic] });
      expect(await subscription(instance)).toEqual({ topics: [topic, other] });
      await pollUntil(client, [instance], async () => (await assignmentOf(client, instance)).length === 3);
      expect(await assignmentOf(client, instance)).toEqual([`${topic}-0`, `${topic}-1`, `${other}-0`].toSorted());
    });

    it('is to topics by a pattern of their whole names', async () => {
      const instance = await createInstance(client);
      const topic_pattern = `${topic.slice(0, -1)}.|${other}`;
      await subscribe(instance, { topic_pattern });
      expect(await subscription(instance)).toMatchObject({ topic_pattern });
      await pollUntil(client, [instance], async () => (await assignmentOf(client, instance)).includes(`${other}-0`));
      expect(await assignmentOf(client, instance)).toContain(`${topic}-1`);
      const part = await createInstance(client);
      await subscribe(part, { topic_pattern: topic.slice(1, -1) });
      expect(await assignmentOf(client, part)).toEqual([]);
    });

    it('finds topics and partitions that come later, from their first record on', async () => {
      const [present, later] = [await topicOf(client, { count: 1 }), client.newName()];
      const instance = await createInstance(client, { 'auto.offset.reset': 'latest' });
      await subscribe(instance, { topic_pattern: `${present}|${later}` });
      expect((await client.post('…/topics', { topic_name: later, partitions_count: 1 })).status).toBe(201);
      expect((await client.send('PATCH', `…/topics/${present}`, { json: { partitions_count: 2 } })).status).toBe(200);
      await produceTo(client, later, 0, 1);
      const added = `…/topics/${present}/partitions/1`;
      await expect.poll(async () => (await client.get(added)).status, { timeout: 15_000 }).toBe(200);
      await expect.poll(() => produceTo(client, present, 1, 1), { timeout: 15_000 }).toHaveLength(1);
      const records = await pollFor(client, instance, 2);
      expect(records.map(record => `${record.topic}-${record.partition}-${record.offset}`).toSorted()).toEqual(
        [`${later}-0-0`, `${present}-1-0`].toSorted(),
      );
    });

    it('takes the place of the one before', async () => {
      const instance = await subscribed(client, [topic]);
      await subscribe(instance, { topics: [other] });
      expect(await subscription(instance)).toEqual({ topics: [other] });
      await pollUntil(client, [instance], async () => (await assignmentOf(client, instance)).join() === `${other}-0`);
    });

    it('is not to names and to a pattern together', async () => {
      const instance = await createInstance(client);
      const both = await postTo(client, instance, 'subscription', { topics: [topic], topic_pattern: topic });
      expectError(both, illegal);
      expect(await subscription(instance)).toEqual({ topics: [] });
    });

    it('may be to a topic that is not there', async () => {
      const instance = await subscribed(client, [client.newName()]);
      expect(await assignmentOf(client, instance)).toEqual([]);
      expect((await poll(client, instance, { timeout: 0 })).json).toEqual([]);
    });

    it('goes on with its other topics when one is deleted', async () => {
      const deleted = await topicOf(client, { count: 1 });
      const instance = await subscribed(client, [other, deleted]);
      await pollFor(client, instance, 2);
      expect((await client.send('DELETE', `…/topics/${deleted}`)).status).toBe(204);
      await pollUntil(client, [instance], async () => (await assignmentOf(client, instance)).join() === `${other}-0`);
    });

    it.each(['a/b', '..', 'ü', ' '])('is not to what is no name: %j', async name => {
      const answer = await postTo(client, await createInstance(client), 'subscription', { topics: [name] });
      expectError(answer, { status: 400, code: 40002, message: /INVALID_TOPIC/ });
    });

    it.each(['(', 'a{2,1}', '[z-a]', '(?=a)', '(?<=a)b', '(a)\\1', 'a{1001}', '*'])(
      'is not to what is no RE2 pattern: %s',
      async topic_pattern => {
        const answer = await postTo(client, await createInstance(client), 'subscription', { topic_pattern });
        expectError(answer, { ...misfit, message: /INVALID_REGULAR_EXPRESSION/ });
      },
    );

    it.each(catastrophic)('by a catastrophic pattern is answered at once: %s', async topic_pattern => {
      const began = performance.now();
      const instance = await createInstance(client);
      await subscribe(instance, { topic_pattern });
      expect((await poll(client, instance, { timeout: 0 })).status).toBe(200);
      expect(performance.now() - began).toBeLessThan(10_000);
    });

    it('ends with an unsubscription, which may be repeated', async () => {
      const instance = await subscribed(client, [topic]);
      for (let times = 0; times < 2; times++) await done(client.send('DELETE', `${instance.path}/subscription`));
      expect(await subscription(instance)).toEqual({ topics: [] });
      expect(await assignmentOf(client, instance)).toEqual([]);
      expectError(await poll(client, instance), illegal);
    });

    it('begins again after an unsubscription, where the group has committed', async () => {
      const instance = await subscribed(client, [topic]);
      await pollFor(client, instance, 4);
      expect((await client.send('POST', `${instance.path}/offsets`)).status).toBe(200);
      await done(client.send('DELETE', `${instance.path}/subscription`));
      await subscribe(instance, { topics: [topic] });
      expect((await poll(client, instance, { timeout: 0 })).json).toEqual([]);
    });
  });

  describe('a manual assignment', () => {
    it('is what was asked for, each partition once', async () => {
      const instance = await assigned(client, topic, [1, 0, 1]);
      expect(await assignmentOf(client, instance)).toEqual([`${topic}-0`, `${topic}-1`]);
      expect(placesOf(await pollFor(client, instance, 4))).toEqual(places(2, 2));
    });

    it('takes the place of the one before; a partition of both goes on where it was', async () => {
      const instance = await assigned(client, topic, [0]);
      await pollFor(client, instance, 2);
      const partitions = [0, 1].map(partition => ({ topic, partition }));
      await done(postTo(client, instance, 'assignments', { partitions }));
      expect(placesOf(await pollFor(client, instance, 2))).toEqual(['1:000', '1:001']);
    });

    it('is shared with nobody: two may have the same partition', async () => {
      const one = await assigned(client, topic, [0]);
      const two = await assigned(client, topic, [0], {}, one.group);
      expect(placesOf(await pollFor(client, one, 2))).toEqual(['0:000', '0:001']);
      expect(placesOf(await pollFor(client, two, 2))).toEqual(['0:000', '0:001']);
    });

    it('may be of nothing, and ends so', async () => {
      const instance = await assigned(client, topic, [0]);
      await done(postTo(client, instance, 'assignments', { partitions: [] }));
      expect(await assignmentOf(client, instance)).toEqual([]);
      expectError(await poll(client, instance), illegal);
    });

    it('is not of a topic or a partition that is not there', async () => {
      const instance = await createInstance(client);
      const assign = (...partitions: object[]) => postTo(client, instance, 'assignments', { partitions });
      const known = { topic, partition: 0 };
      expectError(await assign(known, { topic: client.newName(), partition: 0 }), { status: 404, code: 40401 });
      expectError(await assign(known, { topic: 'a/b', partition: 0 }), { status: 404, code: 40401 });
      for (const partition of [2, 1_000, 2_147_483_647]) {
        expectError(await assign(known, { topic, partition }), { status: 404, code: 40402 });
      }
      expect(await assignmentOf(client, instance)).toEqual([]);
    });

    it('is refused to one that is subscribed, and a subscription to one that has it', async () => {
      const instance = await subscribed(client, [topic]);
      const partitions = [{ topic: other, partition: 0 }];
      expectError(await postTo(client, instance, 'assignments', { partitions }), illegal);
      expect(await subscription(instance)).toEqual({ topics: [topic] });
      const chosen = await assigned(client, topic, [0]);
      for (const json of [{ topics: [topic] }, { topic_pattern: topic }]) {
        expectError(await postTo(client, chosen, 'subscription', json), illegal);
      }
      expect(await assignmentOf(client, chosen)).toEqual([`${topic}-0`]);
    });

    it('ends with an unsubscription, after which either is possible', async () => {
      const instance = await assigned(client, topic, [0]);
      await done(client.send('DELETE', `${instance.path}/subscription`));
      await subscribe(instance, { topics: [other] });
      expect(await subscription(instance)).toEqual({ topics: [other] });
    });
  });
}
