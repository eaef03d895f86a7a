import { describe, expect, it } from 'vitest';
import { type Intercept, noFault, throttled } from '../../lib/adapters/memory/faults.ts';
import { deadlineIn } from '../../lib/log/deadline.ts';
import { addPartitions } from '../../lib/topics/alter-topic.ts';
import { deleteRecords } from '../../lib/topics/delete-records.ts';
import { deleteTopic } from '../../lib/topics/delete-topic.ts';
import { DAY } from '../support/rolled-log.ts';
import { type KeyedReader, KeyedWorld, TOPIC } from './keyed-world.ts';

/** One layer of keys. */
const SMALL = 1_024 * 48;

const numbered = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => ({ key: `k${from + index}`, value: `v${from + index}` }));

describe('the newest record of a key', () => {
  it('is the last that was acknowledged', async () => {
    const world = await KeyedWorld.create();
    const reader = world.reader();
    await world.put('a', '1');
    expect(await reader.latest(['a', 'b'])).toEqual(['0:1', undefined]);
    await world.put('b', '2');
    await world.put('a', '3');
    expect(await reader.latest(['a', 'b', 'a'])).toEqual(['2:3', '1:2', '2:3']);
  });

  it('is a tombstone where the key was deleted', async () => {
    const world = await KeyedWorld.create();
    await world.put('a', '1');
    await world.put('a', null);
    expect(await world.reader().latest(['a'])).toEqual(['1:null']);
  });

  it('is none in an empty log, and of the empty key is its own', async () => {
    const world = await KeyedWorld.create();
    const reader = world.reader();
    expect(await reader.latest([''])).toEqual([undefined]);
    await world.put('', 'x');
    expect(await reader.latest([''])).toEqual(['0:x']);
  });

  it('is found in segments, in entries, and behind a compaction', async () => {
    const world = await KeyedWorld.create();
    const reader = world.reader();
    for (let round = 0; round < 5; round++) {
      for (const key of ['a', 'b', 'c']) await world.put(key, `${round}`);
      if (round < 4) await world.roll(100);
    }
    await world.put('d', 'x');
    expect(await reader.latest(['a', 'b', 'c', 'd'])).toEqual(['12:4', '13:4', '14:4', '15:x']);
    await world.roll(100);
    await world.compact();
    for (const each of [reader, world.reader()]) {
      expect(await each.latest(['a', 'b', 'c', 'd'])).toEqual(['12:4', '13:4', '14:4', '15:x']);
    }
  });

  it('is none once its tombstone is gone, also for who still knows of it', async () => {
    const world = await KeyedWorld.create();
    const reader = world.reader();
    await world.put('a', '1');
    await world.put('b', '1');
    await world.put('a', null);
    expect(await reader.latest(['a'])).toEqual(['2:null']);
    await world.roll();
    for (let day = 0; day < 3; day++) {
      await world.compact();
      await world.stores.clock.advance(2 * DAY);
    }
    await world.put('c', '1');
    await world.roll();
    await world.compact();
    expect(await reader.latest(['a', 'b'])).toEqual([undefined, '1:1']);
    expect(await world.reader().latest(['a', 'b'])).toEqual([undefined, '1:1']);
  });

  it('is none where it was deleted with the start of the log', async () => {
    const world = await KeyedWorld.create();
    const reader = world.reader();
    for (const key of ['a', 'b', 'c']) await world.put(key, '1');
    expect(await reader.latest(['a', 'c'])).toEqual(['0:1', '2:1']);
    await deleteRecords(reader.services, { topic: TOPIC, partition: 0, beforeOffset: 2 });
    expect(await reader.latest(['a', 'c'])).toEqual([undefined, '2:1']);
    expect(await world.reader().latest(['a', 'c'])).toEqual([undefined, '2:1']);
  });

  it('is looked for in the partition that its key is produced to, unless another is named', async () => {
    const world = await KeyedWorld.create({ partitions: 10 });
    // the partition of foobar, by Java's partitioner
    await world.put('foobar', 'x', 6);
    await world.put('foobar', 'y', 2);
    const reader = world.reader();
    expect(await reader.latest(['foobar'])).toEqual(['0:x']);
    expect(await reader.latest(['foobar'], { partition: 2 })).toEqual(['0:y']);
    await expect(reader.latest(['foobar'], { partition: 10 })).rejects.toMatchObject({ code: 'UNKNOWN_PARTITION' });
  });

  it('is refused where the topic is not compacted, by the name of the setting', async () => {
    const world = await KeyedWorld.create({ config: {} });
    await expect(world.reader().latest(['a'])).rejects.toThrow(/cleanup\.policy delete/);
    const both = await KeyedWorld.create({ config: { 'cleanup.policy': 'delete,compact' } });
    expect(await both.reader().latest(['a'])).toEqual([undefined]);
  });

  it('is of the topic that has the name now', async () => {
    const world = await KeyedWorld.create();
    const reader = world.reader();
    await world.put('a', 'old');
    expect(await reader.latest(['a'])).toEqual(['0:old']);
    await deleteTopic(world.writer.services, TOPIC);
    await expect(reader.latest(['a'])).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC' });
    await world.stores.clock.advance(20_000);
    await world.createTopic();
    expect(await reader.latest(['a'])).toEqual([undefined]);
    await world.put('a', 'new');
    expect(await reader.latest(['a'])).toEqual(['0:new']);
  });
});

/** Does something between what a store answered and what is made of the answer. */
const then =
  (meanwhile: () => Promise<void>): Intercept =>
  async (_call, apply) => {
    const answer = await apply();
    await meanwhile();
    return answer;
  };

describe('while it is looked for', () => {
  it('a record may be superseded and compacted away', async () => {
    const world = await KeyedWorld.create();
    for (const key of ['a', 'b', 'a']) await world.put(key, '1');
    await world.roll();
    const reader = world.reader();
    await reader.latest(['a']);
    reader.worker.faults.next(
      'query',
      then(async () => {
        await world.put('a', '2');
        await world.roll();
        await world.compact();
        await world.stores.clock.advance(31_000);
      }),
    );
    expect(await reader.latest(['a', 'b'])).toEqual(['3:2', '1:1']);
  });

  it('the topic may be deleted', async () => {
    const world = await KeyedWorld.create();
    await world.put('a', '1');
    const reader = world.reader();
    await reader.latest(['a']);
    reader.worker.faults.next(
      'query',
      then(async () => {
        await deleteTopic(world.writer.services, TOPIC);
        await world.stores.clock.advance(13_000);
      }),
    );
    await expect(reader.latest(['a'])).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC' });
  });

  it('the topic may have got partitions, where the keys are produced to from now on', async () => {
    const world = await KeyedWorld.create();
    const reader = world.reader();
    expect(await reader.latest(['foobar'])).toEqual([undefined]);
    await addPartitions(world.writer.services, TOPIC, 10);
    await world.put('foobar', 'x', 6);
    expect(await reader.latest(['foobar'])).toEqual(['0:x']);
  });
});

describe('the newest records of many keys', () => {
  it('come for the first keys only where there are too many bytes', async () => {
    const world = await KeyedWorld.create();
    await world.append(numbered(20).map(({ key }) => ({ key, value: 'x'.repeat(100) })));
    const keys = numbered(20).map(({ key }) => key);
    const reader = world.reader();
    expect(await reader.latest(keys)).toHaveLength(20);
    expect(await reader.latest(keys, { maxBytes: 1 })).toHaveLength(8);
    expect(await reader.latest(keys, { maxBytes: 1_000 })).toHaveLength(16);
  });

  it('read each batch once where they lie in one', async () => {
    const world = await KeyedWorld.create();
    await world.append(numbered(8));
    const reader = world.reader();
    await reader.latest(['k0']);
    reader.worker.calls.length = 0;
    await reader.latest(numbered(8).map(({ key }) => key));
    expect(reader.worker.calls.map(({ operation }) => operation)).toEqual(['get', 'query', 'query']);
  });

  it('are asked for side by side, and the log is read once', async () => {
    const world = await KeyedWorld.create();
    for (let batch = 0; batch < 10; batch++) await world.append(numbered(100, batch * 100));
    await world.roll(1_000);
    const alone = world.reader();
    await alone.latest(['k5']);
    const together = world.reader();
    const answers = await Promise.all(Array.from({ length: 5 }, (_, index) => together.latest([`k${index}`])));
    expect(answers).toEqual([['0:v0'], ['1:v1'], ['2:v2'], ['3:v3'], ['4:v4']]);
    const gets = (calls: readonly { readonly operation: string }[]) =>
      calls.filter(({ operation }) => operation === 'get').length;
    expect(gets(together.worker.calls)).toBeLessThan(5 * gets(alone.worker.calls));
  });
});

describe('more keys than are remembered', () => {
  it('are found all the same', async () => {
    const world = await KeyedWorld.create();
    for (let batch = 0; batch < 20; batch++) await world.append(numbered(100, batch * 100));
    await world.roll(2_000);
    await world.put('k3', 'again');
    await world.put('k1999', null);
    for (const reader of [world.reader(SMALL), world.reader(0), world.reader(3 * SMALL)]) {
      for (let round = 0; round < 3; round++) {
        expect(await reader.latest(['k3', 'k4', 'k1500', 'k1999', 'k2000'])).toEqual([
          '2000:again',
          '4:v4',
          '1500:v1500',
          '2001:null',
          undefined,
        ]);
        const { records } = await reader.snapshot({ maxBytes: 20_000 });
        expect(records).toHaveLength(1999);
        expect(new Set(records.map(({ key }) => key)).size).toBe(1999);
      }
    }
  });

  it('keep none of the others waiting: what is in the view follows the log, however full it is', async () => {
    const world = await KeyedWorld.create();
    for (let batch = 0; batch < 20; batch++) await world.append(numbered(100, batch * 100));
    const reader = world.reader(SMALL);
    await reader.latest(['k3']);
    for (let round = 0; round < 3; round++) {
      await world.put('k3', `again ${round}`);
      reader.worker.calls.length = 0;
      expect(await reader.latest(['k3'])).toEqual([`${2000 + round}:again ${round}`]);
      // the end, what is new, and the record
      expect(reader.worker.calls.filter(({ operation }) => operation === 'query').length).toBeLessThan(5);
    }
  });

  it('are no reason to ask again: an answer that takes too long says what helps', async () => {
    const world = await KeyedWorld.create();
    for (let batch = 0; batch < 20; batch++) await world.append(numbered(100, batch * 100));
    const reader = world.reader(SMALL);
    await reader.latest(['k3']);
    const deadline = deadlineIn(world.stores.clock, 500);
    await expect(reader.latest(['k1999'], { deadline })).rejects.toThrow(/more keys than a worker remembers/);
    expect(await reader.latest(['k3'], { deadline })).toEqual(['3:v3']);
  });

  it('fit again once most of them are deleted and compacted away', async () => {
    const world = await KeyedWorld.create();
    const reader = world.reader(SMALL);
    for (let batch = 0; batch < 12; batch++) {
      await world.append(numbered(100, batch * 100));
      await world.append(numbered(100, batch * 100).map(({ key }) => ({ key, value: null })));
      expect(await reader.latest([`k${batch * 100}`])).toHaveLength(1);
    }
    await world.roll();
    for (let day = 0; day < 3; day++) {
      await world.compact();
      await world.stores.clock.advance(2 * DAY);
    }
    await world.append(numbered(1_000, 5_000).map(({ value }) => ({ key: 'same', value })));
    await reader.latest(['same']);
    for (let more = 0; more < 3; more++) {
      await world.append(numbered(1_000, 5_000).map(({ value }) => ({ key: 'same', value })));
      await reader.latest(['same']);
    }
    const callsOf = async (by: KeyedReader) => {
      by.worker.calls.length = 0;
      expect(await by.latest(['same', 'k5'])).toEqual([expect.stringMatching(/:v5999$/), undefined]);
      return by.worker.calls.map(({ operation }) => operation);
    };
    const withRoom = world.reader();
    await withRoom.latest(['same']);
    expect(await callsOf(reader)).toEqual(await callsOf(withRoom));
  });

  it('leave the views of other partitions in use, and take the place of idle ones', async () => {
    const world = await KeyedWorld.create({ partitions: 2 });
    await world.append(numbered(1_000), 0);
    await world.append(numbered(1_000), 1);
    const reader = world.reader(SMALL);
    for (const partition of [0, 1, 0, 1]) {
      expect(await reader.latest(['k7'], { partition })).toEqual(['7:v7']);
    }
    const both = await Promise.all([0, 1].map(partition => reader.latest(['k8'], { partition })));
    expect(both).toEqual([['8:v8'], ['8:v8']]);
  });
});

describe('a first look at a long log', () => {
  it('that takes too long says so, and goes on where it was', async () => {
    const world = await KeyedWorld.create();
    const value = 'x'.repeat(100_000);
    for (let batch = 0; batch < 60; batch++) await world.put(`k${batch}`, value);
    const reader = world.reader();
    const { clock } = world.stores;
    const refusals: unknown[] = [];
    for (let tries = 0; tries < 20; tries++) {
      try {
        const [found] = await reader.latest(['k3'], { deadline: deadlineIn(clock, 500) });
        expect(found).toMatch(/^3:x/);
        break;
      } catch (error) {
        refusals.push(error);
      }
    }
    expect(refusals.length).toBeGreaterThan(1);
    expect(refusals.length).toBeLessThan(6);
    for (const error of refusals) expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', retriable: true });
    expect(String(refusals[0])).toMatch(/time is up; what is read is kept: try again/);
  });

  it('is not thrown out by that at another, while its client waits to ask again', async () => {
    const world = await KeyedWorld.create({ partitions: 2 });
    const value = 'x'.repeat(100_000);
    for (const partition of [0, 1]) {
      for (let batch = 0; batch < 60; batch++) await world.put(`k${batch}`, value, partition);
    }
    const reader = world.reader(SMALL);
    const { clock } = world.stores;
    const refused = async (partition: number) => {
      try {
        const [found] = await reader.latest(['k3'], { partition, deadline: deadlineIn(clock, 500) });
        return found === undefined;
      } catch {
        return true;
      }
    };
    let rounds = 0;
    for (let left = [0, 1]; left.length > 0; rounds++) {
      const asked = await Promise.all(left.map(async partition => ((await refused(partition)) ? partition : [])));
      left = asked.flat();
      expect(rounds).toBeLessThan(10);
    }
    expect(rounds).toBeGreaterThan(1);
  });

  it('that meets a failing store keeps what it read', async () => {
    const world = await KeyedWorld.create();
    for (let batch = 0; batch < 30; batch++) await world.put(`k${batch}`, 'x'.repeat(200_000));
    const reader = world.reader();
    for (let query = 0; query < 5; query++) reader.worker.faults.next('query', noFault);
    reader.worker.faults.next('query', throttled);
    await expect(reader.latest(['k3'])).rejects.toMatchObject({ retriable: true });
    const [found] = await reader.latest(['k29']);
    expect(found).toMatch(/^29:x/);
  });
});
