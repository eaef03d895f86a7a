/** Instances of one group that share a topic. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Client } from './client.ts';
import {
  assignmentOf,
  commit,
  done,
  type Instance,
  places,
  placesOf,
  poll,
  pollFor,
  pollUntil,
  produceTo,
  recordsOf,
  SETTLED_WITHIN_MS,
  sharing,
  subscribed,
  topicOf,
} from './support/consumers.ts';
import { groupOffsets } from './support/groups.ts';
import type { ReadRecord } from './support/shapes.ts';

const PARTITIONS = 4;

/** After which an assignment is changed, and some more. */
const SETTLES_WITHIN_MS = 3_500;

export function consumerSharingCases(client: Client): void {
  const counts = async (instances: readonly Instance[]) => {
    const held = await Promise.all(instances.map(instance => assignmentOf(client, instance)));
    const all = held.flat();
    expect(new Set(all).size, `no partition is that of two: ${all}`).toBe(all.length);
    return held.map(each => each.length);
  };

  const areShared = (instances: readonly Instance[], wanted: readonly number[]) => async () =>
    (await counts(instances)).join() === wanted.join();

  describe.concurrent('two instances of a group', sharing, () => {
    it.each(['true', 'false'])('have every record exactly once, auto.commit.enable=%s', async enabled => {
      const topic = await topicOf(client, { partitions: PARTITIONS, count: 3 });
      const settings = { 'auto.commit.enable': enabled };
      const one = await subscribed(client, [topic], settings);
      const two = await subscribed(client, [topic], settings, one.group);
      const records: ReadRecord[] = [];
      const pollOne = async (instance: Instance) => {
        const polled = recordsOf(await poll(client, instance, { timeout: 0 }));
        if (enabled === 'false') await commit(client, instance);
        records.push(...polled);
        return polled.length;
      };
      let count = 3;
      const until = performance.now() + SETTLED_WITHIN_MS;
      for (let roundsShared = 0; roundsShared < 3; count++) {
        const polled = [await pollOne(one), await pollOne(two)];
        if (!polled.includes(0)) roundsShared++;
        for (let partition = 0; partition < PARTITIONS; partition++)
          await produceTo(client, topic, partition, 1, count);
        expect(performance.now(), 'when they share the topic').toBeLessThan(until);
        await sleep(100);
      }
      for (let polls = 0; polls < 10; polls++) for (const instance of [one, two]) await pollOne(instance);
      expect(placesOf(records)).toEqual(places(PARTITIONS, count));
    });

    it.each([undefined, 'named'])('can commit what they were given before it goes to the other: %s', async named => {
      const topic = await topicOf(client, { partitions: 2, count: 2 });
      const one = await subscribed(client, [topic]);
      await pollFor(client, one, 4);
      const two = await subscribed(client, [topic], {}, one.group);
      await sleep(SETTLES_WITHIN_MS);
      // notices that there are two, and has to wait for the first
      expect(recordsOf(await poll(client, two, { timeout: 0 }))).toEqual([]);
      const offsets = [0, 1].map(partition => ({ topic, partition, offset: 1 }));
      await commit(client, one, named === undefined ? undefined : offsets);
      expect(await groupOffsets(client, one.group)).toEqual({ 0: 2, 1: 2 });
      expect(await pollUntil(client, [one, two], areShared([one, two], [1, 1]))).toEqual([]);
    });

    it('have partitions that are disjoint, and all of them', async () => {
      const topic = await topicOf(client, { partitions: PARTITIONS, count: 1 });
      const one = await subscribed(client, [topic]);
      const two = await subscribed(client, [topic], {}, one.group);
      await pollUntil(client, [one, two], areShared([one, two], [2, 2]));
      const all = [...(await assignmentOf(client, one)), ...(await assignmentOf(client, two))];
      expect(all.toSorted()).toEqual([0, 1, 2, 3].map(partition => `${topic}-${partition}`));
    });

    it('hand over to the other when one is deleted, from what it committed on', async () => {
      const topic = await topicOf(client, { partitions: 2, count: 4 });
      const one = await subscribed(client, [topic]);
      const two = await subscribed(client, [topic], {}, one.group);
      await pollUntil(client, [one, two], areShared([one, two], [1, 1]));
      const [lost = ''] = await assignmentOf(client, one);
      const partition = Number(lost.slice(topic.length + 1));
      await commit(client, one, [{ topic, partition, offset: 1 }]);
      await done(client.send('DELETE', one.path));
      const records = await pollUntil(client, [two], areShared([two], [2]));
      records.push(...recordsOf(await poll(client, two)));
      const offsets = records.filter(record => record.partition === partition).map(({ offset }) => offset);
      expect(offsets).toEqual([2, 3]);
    });

    it('leave one without where there are too few partitions', async () => {
      const topic = await topicOf(client, { count: 1 });
      const one = await subscribed(client, [topic]);
      await pollFor(client, one, 1);
      const two = await subscribed(client, [topic], {}, one.group);
      for (let polls = 0; polls < 4; polls++) {
        await poll(client, two, { timeout: 1_000 });
        await poll(client, one, { timeout: 0 });
      }
      expect((await counts([one, two])).toSorted()).toEqual([0, 1]);
    });

    it('may want different topics', async () => {
      const [left, right] = [await topicOf(client, { count: 1 }), await topicOf(client, { count: 1 })];
      const one = await subscribed(client, [left]);
      const two = await subscribed(client, [right], {}, one.group);
      await pollUntil(client, [one, two], areShared([one, two], [1, 1]));
      expect(await assignmentOf(client, two)).toEqual([`${right}-0`]);
    });
  });

  describe('two groups', () => {
    it('have every record each', async () => {
      const topic = await topicOf(client, { partitions: 2, count: 2 });
      for (const instance of [await subscribed(client, [topic]), await subscribed(client, [topic])]) {
        expect(placesOf(await pollFor(client, instance, 4))).toEqual(places(2, 2));
      }
    });
  });
}
