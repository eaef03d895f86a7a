import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deadlineIn } from '../../lib/log/deadline.ts';
import { deleteRecords } from '../../lib/topics/delete-records.ts';
import { deleteTopic } from '../../lib/topics/delete-topic.ts';
import { folded, type KeyedRecord, type PlacedRecord, readKeyed } from '../support/keyed-log.ts';
import { DAY } from '../support/rolled-log.ts';
import { type KeyedReader, KeyedWorld, TOPIC } from './keyed-world.ts';

const shown = (records: readonly PlacedRecord[]) =>
  records.map(({ offset, key, value }) => `${offset}:${key}=${value}`);

describe('a snapshot', () => {
  it('has the newest record of every key, without those that are deleted, and ends where the log did', async () => {
    const world = await KeyedWorld.create();
    await world.append([
      { key: 'a', value: '1' },
      { key: 'b', value: '1' },
    ]);
    await world.roll();
    await world.put('a', '2');
    await world.put('c', '1');
    await world.put('b', null);
    const { records, followOffset, highWatermark } = await world.reader().snapshot();
    expect(shown(records)).toEqual(['2:a=2', '3:c=1']);
    expect([followOffset, highWatermark]).toEqual([5, 5]);
  });

  it('of an empty log is empty, and followed from its start', async () => {
    const world = await KeyedWorld.create();
    expect(await world.reader().snapshot()).toEqual({ records: [], followOffset: 0, highWatermark: 0 });
  });

  it('leaves out what was superseded between its pages, and what is new', async () => {
    const world = await KeyedWorld.create();
    for (const key of ['a', 'b', 'c']) await world.put(key, '1');
    const reader = world.reader();
    const first = await reader.page(undefined, { maxBytes: 1 });
    expect(shown(first.records)).toEqual(['0:a=1']);
    await world.put('b', '2');
    await world.put('d', '1');
    const second = await reader.page(first.next);
    expect(shown(second.records)).toEqual(['2:c=1']);
    expect(second).toMatchObject({ next: undefined, followOffset: 3, highWatermark: 5 });
  });

  it('has pages of no more than the bytes asked for, and of one record at least', async () => {
    const world = await KeyedWorld.create();
    for (const key of ['a', 'b', 'c', 'd', 'e']) await world.put(key, 'x'.repeat(100));
    const reader = world.reader();
    const sizes = async (maxBytes: number) => (await reader.page(undefined, { maxBytes })).records.length;
    const size = 64 + 1 + 100;
    for (const [bytes, count] of [
      [1, 1],
      [2 * size - 1, 1],
      [2 * size, 2],
      [2 * size + 1, 2],
    ] as const) {
      expect(await sizes(bytes), String(bytes)).toBe(count);
    }
  });

  it('passes over what is superseded, however small its pages are', async () => {
    const world = await KeyedWorld.create();
    for (let value = 0; value < 9; value++) await world.put('a', String(value));
    const page = await world.reader().page(undefined, { maxBytes: 1 });
    expect(shown(page.records)).toEqual(['8:a=8']);
  });

  it('goes on at the log start where that has moved past it, and past its end', async () => {
    const world = await KeyedWorld.create();
    for (const key of ['a', 'b', 'c', 'd']) await world.put(key, '1');
    const reader = world.reader();
    const first = await reader.page(undefined, { maxBytes: 1 });
    await deleteRecords(reader.services, { topic: TOPIC, partition: 0, beforeOffset: 3 });
    expect(shown((await reader.page(first.next)).records)).toEqual(['3:d=1']);
    await world.put('e', '1');
    await deleteRecords(reader.services, { topic: TOPIC, partition: 0, beforeOffset: 5 });
    expect(await reader.page(first.next)).toMatchObject({ records: [], next: undefined, followOffset: 4 });
  });

  it('gives what it has when time is up, and goes on', async () => {
    const world = await KeyedWorld.create();
    for (let batch = 0; batch < 60; batch++) await world.put(`k${batch}`, 'x'.repeat(100_000));
    const reader = world.reader();
    await reader.latest(['k0']);
    const deadline = deadlineIn(world.stores.clock, 100);
    const keys: (string | null)[] = [];
    let page = await reader.page(undefined, { maxBytes: 1 << 26, deadline });
    let pages = 1;
    for (keys.push(...page.records.map(({ key }) => key)); page.next; pages++) {
      page = await reader.page(page.next, { maxBytes: 1 << 26, deadline });
      keys.push(...page.records.map(({ key }) => key));
    }
    expect(pages).toBeGreaterThan(1);
    expect(keys).toEqual(Array.from({ length: 60 }, (_, index) => `k${index}`));
  });

  it('is not gone on with in a topic that was created again, nor in another partition', async () => {
    const world = await KeyedWorld.create({ partitions: 2 });
    for (const key of ['a', 'b']) await world.put(key, '1');
    const reader = world.reader();
    const { next } = await reader.page(undefined, { maxBytes: 1 });
    await expect(reader.page(next, { partition: 1 })).rejects.toThrow(/page_token/);
    await deleteTopic(world.writer.services, TOPIC);
    await expect(reader.page(next)).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC' });
    await world.stores.clock.advance(20_000);
    await world.createTopic({ partitions: 2 });
    await expect(reader.page(next)).rejects.toThrow(/page_token/);
  });

  it('is refused with an end that the log has not reached', async () => {
    const world = await KeyedWorld.create();
    await world.put('a', '1');
    const place = { topicId: world.at().topicId, partition: 0, offset: 0, endOffset: 1 };
    expect((await world.reader().page(place)).records).toHaveLength(1);
    await expect(world.reader().page({ ...place, endOffset: 2 })).rejects.toThrow(/page_token/);
  });
});

type Step =
  | { readonly does: 'append'; readonly records: readonly KeyedRecord[] }
  | { readonly does: 'roll'; readonly bytes: number }
  | { readonly does: 'compact' | 'wait' }
  | { readonly does: 'page'; readonly reader: number; readonly maxBytes: number }
  | { readonly does: 'latest'; readonly reader: number };

const keys = ['a', 'b', 'c', 'd', 'e', 'a key of more than thirty-two bytes, kept by its digest'];
const anyRecord = fc.record({
  key: fc.constantFrom(...keys),
  value: fc.oneof({ weight: 3, arbitrary: fc.string({ maxLength: 40 }) }, { weight: 1, arbitrary: fc.constant(null) }),
});
const reader = fc.nat(2);
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ does: fc.constant('append'), records: fc.array(anyRecord, { minLength: 1, maxLength: 6 }) }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('roll'), bytes: fc.constantFrom(14, 200, 10_000) }) },
  { weight: 1, arbitrary: fc.constantFrom<Step>({ does: 'compact' }, { does: 'wait' }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('page'), reader, maxBytes: fc.constantFrom(1, 200, 10_000) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('latest'), reader }) },
);

/** Takes a snapshot page by page while the log changes, by several readers, one of which remembers nothing. */
class Run {
  readonly world: KeyedWorld;
  readonly readers: readonly KeyedReader[];
  readonly appended: PlacedRecord[] = [];
  #records: PlacedRecord[] = [];
  #page: Awaited<ReturnType<KeyedReader['page']>> | undefined;
  #snapshots = 0;

  constructor(world: KeyedWorld) {
    this.world = world;
    this.readers = [world.reader(), world.reader(0), world.reader()];
  }

  async take(step: Step): Promise<void> {
    switch (step.does) {
      case 'append':
        await this.world.append(step.records);
        for (const record of step.records) this.appended.push({ ...record, offset: this.appended.length });
        return;
      case 'roll':
        return this.world.roll(step.bytes);
      case 'compact':
        return this.world.compact();
      case 'wait':
        return this.world.stores.clock.advance(6 * 60_000);
      case 'page':
        return this.#goOn(this.readers[step.reader] as KeyedReader, step.maxBytes);
      case 'latest':
        return this.#expectLatest(this.readers[step.reader] as KeyedReader);
    }
  }

  async end(): Promise<void> {
    const snapshots = this.#snapshots;
    while (this.#snapshots === snapshots) await this.#goOn(this.readers[2] as KeyedReader, 100);
    for (const each of this.readers) await this.#expectLatest(each);
  }

  async #goOn(by: KeyedReader, maxBytes: number): Promise<void> {
    const page = await by.page(this.#page?.next, { maxBytes });
    if (this.#page) expect(page.followOffset).toBe(this.#page.followOffset);
    this.#page = page;
    this.#records.push(...page.records);
    if (!page.next) await this.#expectWhole(page.followOffset, page.highWatermark);
  }

  async #expectWhole(followOffset: number, highWatermark: number): Promise<void> {
    const records = this.#records;
    expect(new Set(records.map(({ key }) => key)).size).toBe(records.length);
    for (const { offset, key, value } of records) expect(this.appended[offset]).toEqual({ offset, key, value });
    for (const { offset } of records) expect(offset).toBeLessThan(followOffset);
    const { records: followed } = await readKeyed(
      this.world.stores.worker().services.logs.of(this.world.at()).reader,
      followOffset,
    );
    for (let end = highWatermark; end <= this.appended.length; end++) {
      const seen = [...records, ...followed.filter(({ offset }) => offset < end)];
      expect(folded(seen)).toEqual(folded(this.appended.slice(0, end)));
    }
    this.#records = [];
    this.#page = undefined;
    this.#snapshots++;
  }

  async #expectLatest(by: KeyedReader): Promise<void> {
    const found = await by.latest(keys, { partition: 0 });
    for (const [index, key] of keys.entries()) {
      const newest = this.appended.findLast(record => record.key === key);
      const expected = newest && `${newest.offset}:${newest.value}`;
      // a tombstone is there as long as compaction leaves it
      if (found[index] === undefined) expect(newest?.value ?? null, key).toBe(null);
      else expect(found[index]).toBe(expected);
    }
  }
}

describe('whatever happens to the log between its pages', () => {
  it('a snapshot and what follows are the whole log, and no key comes twice', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { maxLength: 60 }), async steps => {
        const run = new Run(await KeyedWorld.create());
        for (const step of steps) await run.take(step);
        await run.end();
      }),
      { numRuns: 200 },
    );
  });

  it('a snapshot that waits for days is whole as long as tombstones stay for longer', async () => {
    const world = await KeyedWorld.create();
    for (const key of ['a', 'b', 'c']) await world.put(key, '1');
    const by = world.reader();
    const first = await by.page(undefined, { maxBytes: 1 });
    await world.put('b', null);
    await world.roll();
    for (let day = 0; day < 4; day++) {
      await world.compact();
      await world.stores.clock.advance(DAY);
    }
    expect(shown((await by.page(first.next)).records)).toEqual(['2:c=1']);
    expect(shown((await world.reader().page(first.next)).records)).toEqual(['2:c=1']);
  });
});
