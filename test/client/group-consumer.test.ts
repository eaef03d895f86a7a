import { describe, expect, it } from 'vitest';
import { GroupConsumer } from '../../lib/client/group-consumer.ts';
import type { AutoOffsetReset } from '../../lib/client/group-shapes.ts';
import { Freezer, GROUP, GroupWorld, MemberRequests, TOPIC } from './group-world.ts';
import { losingAnswers } from './losing-answers.ts';

/** In which a group has settled after a change. */
const SETTLED_MS = 20_000;

const numbers = (count: number, first = 0) => Array.from({ length: count }, (_, index) => first + index);
const sorted = (values: readonly unknown[]) => values.map(Number).toSorted((a, b) => a - b);

describe('a consumer alone', () => {
  it('gives the records of all partitions, each in its order, as they come', async () => {
    const world = await GroupWorld.create();
    await world.produce(0, 5);
    const one = world.consume();
    await world.pass(1_000);
    await world.produce(0, 5, 5);
    await world.produce(1, 3, 100);
    await world.pass(3_000);
    expect(one.partitions).toEqual([0, 1]);
    const of = (partition: number) =>
      one.pages
        .filter(page => page.partition === partition)
        .flatMap(({ records }) => records.map(({ value }) => value));
    expect([of(0), of(1)]).toEqual([numbers(10), numbers(3, 100)]);
  });

  it('commits now and then what was read, once', async () => {
    const world = await GroupWorld.create();
    const requests = new MemberRequests();
    world.consume({}, world.newClient(requests.fetch(world.fetch)));
    await world.produce(0, 5);
    await world.pass(2_000);
    expect(await world.committed()).toEqual([]);
    await world.pass(6_000);
    expect(await world.committed()).toEqual([5, 0]);
    await world.pass(20_000);
    expect(requests.all.filter(({ body }) => body.commit === true)).toHaveLength(1);
  });

  it('counts the page in the caller’s hands as read only where it says so', async () => {
    const world = await GroupWorld.create();
    const one = world.consume({ commitEveryMs: 0 });
    one.stall();
    await world.produce(0, 5);
    await world.pass(10_000);
    expect([one.values.length, await world.committed()]).toEqual([5, []]);
    await world.drive(one.consumer.commit());
    expect(await world.committed()).toEqual([5]);
  });

  it('commits at its end what was read, and has left the group', async () => {
    const world = await GroupWorld.create();
    const one = world.consume();
    await world.produce(0, 5);
    await world.pass(2_000);
    await world.drive(one.consumer.close());
    await world.pass(0);
    expect([one.hasEnded, one.error, await world.committed()]).toEqual([true, undefined, [5]]);
    await world.drive(world.client.groups.delete(GROUP));
  });

  it('ends where the loop ends, and the page that it ended with comes again', async () => {
    const world = await GroupWorld.create(1);
    await world.produce(0, 3);
    const options = { group: GROUP, topics: [TOPIC], autoOffsetReset: 'earliest', maxBytes: 1 } as const;
    const consumer = new GroupConsumer(world.client, options);
    const values: unknown[] = [];
    const loop = async () => {
      for await (const { records } of consumer) {
        values.push(...records.map(({ value }) => value));
        if (values.length === 2) break;
      }
    };
    await world.drive(loop());
    expect(await world.committed()).toEqual([1]);
    const next = world.consume();
    await world.pass(SETTLED_MS);
    expect([values, next.values]).toEqual([
      [0, 1],
      [1, 2],
    ]);
  });

  it('ends at once where it is closed while it waits', async () => {
    const world = await GroupWorld.create();
    const one = world.consume();
    await world.pass(1_000);
    await world.drive(one.consumer.close());
    await world.pass(0);
    expect([one.hasEnded, one.error, world.clock.monotonic()]).toEqual([true, undefined, 1_000]);
  });

  it('is not heard of any more where it is closed while the caller has a page, which comes again', async () => {
    const world = await GroupWorld.create(1);
    const requests = new MemberRequests();
    const one = world.consume({ commitEveryMs: 0 }, world.newClient(requests.fetch(world.fetch)));
    one.stall();
    await world.produce(0, 5);
    await world.pass(2_000);
    await world.drive(one.consumer.close());
    const { length } = requests.all;
    await world.pass(20_000);
    one.goOn();
    await world.pass(20_000);
    expect([requests.all.length, one.hasEnded, await world.committed()]).toEqual([length, true, []]);
  });

  it('goes on where a partition begins by now', async () => {
    const world = await GroupWorld.create(2);
    const one = world.consume();
    await world.pass(1_000);
    one.stall();
    await world.produce(1, 1, 100);
    await world.pass(3_000);
    await world.produce(0, 5);
    await world.deleteRecords(0, 5);
    await world.produce(0, 3, 5);
    one.goOn();
    await world.pass(5_000);
    expect([one.error, one.values]).toEqual([undefined, [100, 5, 6, 7]]);
  });

  it('tells what it has whenever that changes', async () => {
    const world = await GroupWorld.create();
    const told: number[][] = [];
    const one = world.consume({ onAssignment: has => told.push(has.map(({ partition }) => partition)) });
    await world.pass(SETTLED_MS);
    const two = world.consume();
    await world.pass(SETTLED_MS);
    expect(told).toEqual([[0, 1], one.partitions]);
    await world.drive(two.consumer.close());
    await world.pass(SETTLED_MS);
    expect(told.at(-1)?.toSorted()).toEqual([0, 1]);
  });

  it('asks nothing once it is closed', async () => {
    const world = await GroupWorld.create();
    const requests = new MemberRequests();
    const client = world.newClient(requests.fetch(world.fetch));
    const consumer = new GroupConsumer(client, { group: GROUP, topics: [TOPIC] });
    await consumer.close();
    for await (const _ of consumer) expect.unreachable();
    expect(requests.all).toEqual([]);
  });
});

describe('consumers of one group', () => {
  it('share the partitions, and none reads again what another read', async () => {
    const world = await GroupWorld.create(4);
    for (const partition of numbers(4)) await world.produce(partition, 10, partition * 100);
    const one = world.consume();
    await world.pass(2_000);
    const two = world.consume();
    await world.pass(SETTLED_MS);
    expect([one.partitions.length, two.partitions.length]).toEqual([2, 2]);
    for (const partition of numbers(4)) await world.produce(partition, 10, partition * 100 + 10);
    await world.pass(5_000);
    const all = numbers(4).flatMap(partition => numbers(20, partition * 100));
    expect(sorted([...one.values, ...two.values])).toEqual(all);
    expect(two.values).toHaveLength(20);
  });

  it('wait for a page that is being read before they take its partition over', async () => {
    const world = await GroupWorld.create(2);
    const one = world.consume({ sessionTimeoutMs: 45_000 });
    await world.pass(1_000);
    one.stall();
    await world.produce(0, 5);
    await world.produce(1, 5, 100);
    await world.pass(1_000);
    const [reading] = one.pages;
    const two = world.consume();
    await world.pass(SETTLED_MS);
    const before = two.values.length;
    one.goOn();
    await world.pass(SETTLED_MS);
    expect(reading?.records).toHaveLength(5);
    expect(before + two.values.length).toBeLessThanOrEqual(10);
    expect(sorted([...one.values, ...two.values])).toEqual([...numbers(5), ...numbers(5, 100)]);
  });

  it('read on at once where one has left', async () => {
    const world = await GroupWorld.create(2);
    const one = world.consume({ sessionTimeoutMs: 45_000 });
    const two = world.consume({ sessionTimeoutMs: 45_000 });
    await world.pass(SETTLED_MS);
    expect(two.partitions).toHaveLength(1);
    await world.drive(one.consumer.close());
    await world.pass(SETTLED_MS);
    expect(two.partitions).toEqual([0, 1]);
  });

  it('read again what one that died had not committed, and nothing else', async () => {
    const world = await GroupWorld.create(2);
    const freezer = new Freezer();
    const dead = world.consume({}, world.newClient(freezer.fetch(world.fetch), freezer.timing(world.timing())));
    for (const partition of [0, 1]) await world.produce(partition, 5, partition * 100);
    await world.pass(8_000);
    expect(await world.committed()).toEqual([5, 5]);
    for (const partition of [0, 1]) await world.produce(partition, 2, partition * 100 + 5);
    await world.pass(500);
    freezer.freeze();
    const other = world.consume();
    await world.pass(20_000);
    expect(other.partitions).toEqual([0, 1]);
    expect(sorted(dead.values)).toEqual([...numbers(7), ...numbers(7, 100)]);
    expect(sorted(other.values)).toEqual([5, 6, 105, 106]);
  });

  it('do not wait for a page for ever, and who had it goes on with the rest', async () => {
    const world = await GroupWorld.create(2);
    const one = world.consume({ commitEveryMs: 0 });
    await world.pass(1_000);
    one.stall();
    for (const partition of [0, 1]) await world.produce(partition, 1, partition);
    const two = world.consume();
    await world.pass(90_000);
    expect([one.pages.length, two.partitions.length]).toEqual([1, 1]);
    one.goOn();
    await world.pass(SETTLED_MS);
    expect([one.error, one.partitions.length, await world.committed()]).toEqual([undefined, 1, [1, 1]]);
  });

  it('have a partition by a new right that went away and came back unseen', async () => {
    const world = await GroupWorld.create(2);
    const freezer = new Freezer();
    const client = world.newClient(freezer.fetch(world.fetch), freezer.timing(world.timing()));
    const one = world.consume({ sessionTimeoutMs: 60_000 }, client);
    await world.pass(6_000);
    freezer.freeze();
    const two = world.consume();
    await world.pass(8_000);
    await world.drive(two.consumer.close());
    await world.pass(8_000);
    freezer.thaw();
    for (const partition of [0, 1]) await world.produce(partition, 5, partition * 100);
    await world.pass(SETTLED_MS);
    expect(sorted(one.values)).toEqual([...numbers(5), ...numbers(5, 100)]);
    expect(await world.committed()).toEqual([5, 5]);
  });

  it('follow a pattern, also to topics that are made later', async () => {
    const world = await GroupWorld.create();
    const one = world.consume({ topics: [], pattern: 'cl.*' });
    await world.pass(5_000);
    await world.drive(world.client.createTopic({ topic: 'clock', partitions: 1 }));
    await world.pass(60_000);
    expect(one.consumer.assignment).toContainEqual({ topic: 'clock', partition: 0 });
  });
});

describe('a consumer whose caller takes long', () => {
  it('is heard of meanwhile, one request at a time', async () => {
    const world = await GroupWorld.create();
    const requests = new MemberRequests();
    const one = world.consume({}, world.newClient(requests.fetch(world.fetch)));
    await world.pass(5_000);
    one.stall();
    await world.produce(0, 5);
    await world.pass(1_000);
    const polls = requests.count('poll');
    await world.pass(60_000);
    expect(requests.count('poll')).toBe(polls);
    expect(requests.count('heartbeat')).toBeGreaterThanOrEqual(25);
    expect(requests.count('heartbeat')).toBeLessThanOrEqual(31);
    await world.produce(0, 5, 5);
    await world.drive(Promise.all([one.consumer.commit(), one.consumer.commit()]));
    one.goOn();
    await world.pass(10_000);
    expect([one.values, one.error, requests.overlapped]).toEqual([numbers(10), undefined, false]);
    const [first, ...waits] = requests.all.flatMap(({ body }) => Number(body.max_wait_ms ?? []));
    expect([first, Math.max(...waits)]).toEqual([0, 2_000]);
    expect(await world.committed()).toEqual([10, 0]);
  });

  it('joins again where its session ended meanwhile, and does not commit what others have by then', async () => {
    const world = await GroupWorld.create(1);
    const freezer = new Freezer();
    const frozen = world.consume({}, world.newClient(freezer.fetch(world.fetch), freezer.timing(world.timing())));
    frozen.stall();
    await world.produce(0, 5);
    await world.pass(500);
    freezer.freeze();
    const other = world.consume();
    other.stall();
    await world.pass(20_000);
    expect([frozen.values, other.values]).toEqual([numbers(5), numbers(5)]);
    freezer.thaw();
    frozen.goOn();
    await world.pass(20_000);
    expect([await world.committed(), frozen.error, frozen.partitions]).toEqual([[], undefined, []]);
    await world.drive(other.consumer.close());
    await world.pass(20_000);
    expect([frozen.partitions, frozen.values]).toEqual([[0], [...numbers(5), ...numbers(5)]]);
  });

  it('joins again where its session ended while it waited for records', async () => {
    const world = await GroupWorld.create(1);
    const freezer = new Freezer();
    const frozen = world.consume({}, world.newClient(freezer.fetch(world.fetch), freezer.timing(world.timing())));
    await world.pass(3_000);
    freezer.freeze();
    await world.pass(20_000);
    freezer.thaw();
    await world.pass(3_000);
    await world.produce(0, 5);
    await world.pass(3_000);
    expect([frozen.values, frozen.error]).toEqual([numbers(5), undefined]);
  });

  it('gives no page whose answer it reads when its session is over', async () => {
    const world = await GroupWorld.create(1);
    const freezer = new Freezer();
    const frozen = world.consume({}, world.newClient(freezer.fetch(world.fetch), freezer.timing(world.timing())));
    await world.pass(3_000);
    freezer.freeze();
    await world.produce(0, 5);
    const other = world.consume();
    await world.pass(20_000);
    expect(other.values).toEqual(numbers(5));
    freezer.thaw();
    await world.pass(20_000);
    expect([frozen.pages, frozen.error]).toEqual([[], undefined]);
  });

  it('gives no page that it got before its session ended', async () => {
    const world = await GroupWorld.create(2);
    const freezer = new Freezer();
    const frozen = world.consume({}, world.newClient(freezer.fetch(world.fetch), freezer.timing(world.timing())));
    frozen.stall();
    for (const partition of [0, 1]) await world.produce(partition, 5, partition * 100);
    await world.pass(3_000);
    expect(frozen.pages).toHaveLength(1);
    freezer.freeze();
    const other = world.consume();
    await world.pass(20_000);
    expect(other.values).toHaveLength(10);
    frozen.goOn();
    freezer.thaw();
    await world.pass(20_000);
    expect(frozen.pages).toHaveLength(1);
  });
});

describe('a consumer with an instance id', () => {
  it('ends with an error where another comes in its place, which has its partitions at once', async () => {
    const world = await GroupWorld.create();
    const one = world.consume({ instanceId: 'i' });
    await world.produce(0, 5);
    await world.pass(8_000);
    const two = world.consume({ instanceId: 'i' });
    await world.pass(SETTLED_MS);
    expect([one.error, one.hasEnded]).toEqual([expect.objectContaining({ code: 'FENCED_MEMBER' }), true]);
    expect([two.partitions, two.values]).toEqual([[0, 1], []]);
  });

  it('has its partitions when it comes back, where it kept them', async () => {
    const world = await GroupWorld.create();
    const options = { instanceId: 'i', keepPartitions: true, sessionTimeoutMs: 60_000 };
    const one = world.consume(options);
    const other = world.consume();
    await world.pass(SETTLED_MS);
    const { partitions } = one;
    await world.drive(one.consumer.close());
    await world.pass(SETTLED_MS);
    expect(other.partitions).toHaveLength(1);
    const again = world.consume(options);
    await world.pass(SETTLED_MS);
    expect([again.partitions, other.partitions.length]).toEqual([partitions, 1]);
  });
});

describe('a consumer on a bad line', () => {
  it.each([1, 2, 3])('misses no record and gives none again where answers get lost (seed %i)', async seed => {
    const world = await GroupWorld.create();
    const lossy = losingAnswers(world.fetch, { seed, share: 0.4 });
    const requests = new MemberRequests();
    const one = world.consume({ commitEveryMs: 1_000 }, world.newClient(requests.fetch(lossy.fetch)));
    for (const round of numbers(10)) {
      for (const partition of [0, 1]) await world.produce(partition, 3, partition * 1_000 + round * 3);
      await world.pass(1_000);
    }
    await world.pass(60_000);
    expect(lossy.lost()).toBeGreaterThan(5);
    expect(sorted(one.values)).toEqual([...numbers(30), ...numbers(30, 1_000)]);
    expect(await world.committed()).toEqual([30, 30]);
    expect(requests.overlapped).toBe(false);
  });

  it('fails where the server is away for long', async () => {
    const world = await GroupWorld.create();
    const gone: typeof globalThis.fetch = async () => {
      throw new TypeError('fetch failed');
    };
    const one = world.consume({}, world.newClient(gone));
    await world.pass(60_000);
    expect([one.hasEnded, one.error]).toEqual([true, expect.objectContaining({ outcome: 'unknown' })]);
  });
});

describe('a consumer ends with an error', () => {
  const failing = async (autoOffsetReset: AutoOffsetReset, prepare: (world: GroupWorld) => Promise<unknown>) => {
    const world = await GroupWorld.create(1);
    await prepare(world);
    const one = world.consume({ autoOffsetReset });
    await world.pass(5_000);
    return one;
  };

  it('where the group has no offset and is not to make one up', async () => {
    const { error } = await failing('none', world => world.produce(0, 1));
    expect(error).toMatchObject({ message: expect.stringContaining('the group has no offset of click-0') });
  });

  it('where its offset is out of range, and is not to be reset', async () => {
    const offsets = [{ topic: TOPIC, partition: 0, offset: 9 }];
    const commit = (world: GroupWorld) => world.drive(world.client.groups.commit({ group: GROUP, offsets }));
    const refused = await failing('none', commit);
    expect(refused.error).toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' });
    const reset = await failing('earliest', async world => {
      await commit(world);
      await world.produce(0, 3);
    });
    expect([reset.error, reset.values]).toEqual([undefined, numbers(3)]);
  });

  it('where a record is no JSON', async () => {
    const { error } = await failing('earliest', async world => {
      const headers = { 'content-type': 'application/vnd.kafka.binary.v2+json' };
      const body = JSON.stringify({ records: [{ value: Buffer.from('{').toString('base64'), partition: 0 }] });
      await world.drive(world.fetch(`http://memory/topics/${TOPIC}`, { method: 'POST', headers, body }));
    });
    expect(error).toMatchObject({ name: 'RequestError', retriable: false });
  });
});
