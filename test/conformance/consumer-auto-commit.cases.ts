/** What a consumer instance of v2 commits by itself, and where a group begins. */
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Client } from './client.ts';
import {
  assigned,
  createInstance,
  done,
  poll,
  pollFor,
  postTo,
  produceTo,
  recordsOf,
  type Settings,
  sharing,
  subscribed,
  topicOf,
} from './support/consumers.ts';
import { groupOffsets } from './support/groups.ts';

const AUTO = { 'auto.commit.enable': 'true' } as const;
const LATEST = { 'auto.offset.reset': 'latest' } as const;

/** What passes before an instance commits by itself, and some more. */
const COMMITTED_AFTER_MS = 5_500;

const ONE = { maxBytes: 1 } as const;

export function consumerAutoCommitCases(client: Client): void {
  let topic: string;

  beforeAll(async () => {
    topic = await topicOf(client);
  });

  describe.concurrent('an instance that commits by itself', sharing, () => {
    it('commits, when it polls again, what it was given before', async () => {
      const instance = await subscribed(client, [topic], AUTO);
      await pollFor(client, instance, 1, ONE);
      expect(await groupOffsets(client, instance.group)).toEqual({});
      await sleep(COMMITTED_AFTER_MS);
      expect(await groupOffsets(client, instance.group)).toEqual({});
      expect(recordsOf(await poll(client, instance, ONE))[0]?.offset).toBe(1);
      expect(await groupOffsets(client, instance.group)).toEqual({ 0: 1 });
    });

    it.each([
      subscribed,
      (on: Client, topics: readonly string[], settings: Settings) => assigned(on, topics[0] ?? '', [0], settings),
    ])('commits all that it was given when it is deleted', async make => {
      const instance = await make(client, [topic], AUTO);
      await pollFor(client, instance, 2, ONE);
      await done(client.send('DELETE', instance.path));
      expect(await groupOffsets(client, instance.group)).toEqual({ 0: 2 });
    });

    it('has received, when it unsubscribes, what it was given before its last poll at least', async () => {
      const instance = await subscribed(client, [topic], AUTO);
      await pollFor(client, instance, 3, ONE);
      await done(client.send('DELETE', `${instance.path}/subscription`));
      expect((await groupOffsets(client, instance.group))[0]).toBeGreaterThanOrEqual(2);
      expect((await groupOffsets(client, instance.group))[0]).toBeLessThanOrEqual(3);
    });

    it('does so unless it is told not to', async () => {
      const group = await subscribed(client, [topic], { 'auto.commit.enable': null });
      await pollFor(client, group, 5);
      await done(client.send('DELETE', group.path));
      expect(await groupOffsets(client, group.group)).toEqual({ 0: 5 });
    });

    it('commits nothing where it was moved away from what it was given', async () => {
      const instance = await subscribed(client, [topic], AUTO);
      await pollFor(client, instance, 5);
      await done(postTo(client, instance, 'positions/beginning', { partitions: [{ topic, partition: 0 }] }));
      await done(client.send('DELETE', instance.path));
      expect((await groupOffsets(client, instance.group))[0] ?? 0).toBe(0);
    });
  });

  describe.concurrent('an instance that does not commit by itself', sharing, () => {
    it('commits nothing unless it is told to', async () => {
      const instance = await subscribed(client, [topic]);
      await pollFor(client, instance, 1, ONE);
      await sleep(COMMITTED_AFTER_MS);
      await pollFor(client, instance, 4);
      await done(client.send('DELETE', instance.path));
      expect(await groupOffsets(client, instance.group)).toEqual({});
      expect(await pollFor(client, await subscribed(client, [topic], {}, instance.group), 5)).toHaveLength(5);
    });
  });

  describe.concurrent('a new group that begins at the end', sharing, () => {
    it('is given what was produced after it subscribed and before its first poll', async () => {
      const fresh = await topicOf(client, { partitions: 2, count: 3 });
      const instance = await subscribed(client, [fresh], LATEST);
      await produceTo(client, fresh, 1, 1, 3);
      await produceTo(client, fresh, 0, 1, 3);
      const records = await pollFor(client, instance, 2);
      expect(records.map(({ offset }) => offset)).toEqual([3, 3]);
    });

    it('is given it although the instance that subscribed is gone', async () => {
      const fresh = await topicOf(client, { count: 3 });
      const gone = await subscribed(client, [fresh], LATEST);
      await done(client.send('DELETE', gone.path));
      await produceTo(client, fresh, 0, 2, 3);
      const next = await subscribed(client, [fresh], LATEST, gone.group);
      expect((await pollFor(client, next, 2)).map(({ offset }) => offset)).toEqual([3, 4]);
    });

    it('is given what was produced after partitions were assigned', async () => {
      const fresh = await topicOf(client, { count: 3 });
      const instance = await assigned(client, fresh, [0], LATEST);
      await produceTo(client, fresh, 0, 1, 3);
      expect((await pollFor(client, instance, 1))[0]?.offset).toBe(3);
    });

    it('begins there where the instance was not told where', async () => {
      const fresh = await topicOf(client, { count: 3 });
      const instance = await createInstance(client, { 'auto.offset.reset': null });
      await done(postTo(client, instance, 'subscription', { topics: [fresh] }));
      expect(recordsOf(await poll(client, instance, { timeout: 0 }))).toEqual([]);
      await produceTo(client, fresh, 0, 1, 3);
      expect((await pollFor(client, instance, 1))[0]?.offset).toBe(3);
    });
  });
}
