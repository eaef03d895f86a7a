/** Compacted topics: of every key the last record stays, where it stands, and readers cross what is gone. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeBatch } from '../../lib/record/encode-batch.ts';
import type { NewRecord } from '../../lib/record/record.ts';
import { type Client, mediaType } from './client.ts';
import { fetchMany, from, partitionsOf } from './support/fetch-many.ts';
import { newProducer, produceV2, type RecordV2 } from './support/produce.ts';
import { produceRaw, readRaw } from './support/raw.ts';
import { pageOf, readAll, readPage, textOf } from './support/read.ts';
import { ROLLED_WITHIN_MS, recordsIn, untilRolled } from './support/rolled-topic.ts';

/** A deployment compacts what it has rolled; it may have to roll once more. */
const COMPACTED_WITHIN_MS = 2 * ROLLED_WITHIN_MS;

const compacting = {
  'cleanup.policy': 'compact',
  'segment.bytes': '2000',
  'min.cleanable.dirty.ratio': '0',
};

const KEYS = ['a', 'b', 'c', 'd'];
const ROUNDS = 6;

/** However it is compressed longer than a segment: what has it is due to be rolled, and all before it. */
const PADDING = randomBytes(4_000).toString('hex');

interface Expected {
  readonly offset: number;
  readonly key: string | null;
  readonly value: string | null;
}

export function compactionCases(client: Client): void {
  const binary = { accept: mediaType.binary };

  const shown = async (topic: string, offset = 0): Promise<Expected[]> => {
    const records = await readAll(client, topic, { ...binary, offset, maxBytes: 500 });
    return records.map(record => ({ offset: record.offset, key: textOf(record.key), value: textOf(record.value) }));
  };

  /** Waits until nothing below the offset is left but what is expected there. */
  const untilCompacted = async (topic: string, expected: readonly Expected[], below: number): Promise<void> => {
    for (const until = performance.now() + COMPACTED_WITHIN_MS; ; await sleep(500)) {
      const present = (await shown(topic)).filter(({ offset }) => offset < below);
      if (present.length <= expected.length) return expect(present).toEqual(expected);
      expect(performance.now(), `${present.length} records are left of ${expected.length}`).toBeLessThan(until);
    }
  };

  describe('a compacted log', () => {
    let topic: string;
    /** What stays of all that was produced. */
    let expected: readonly Expected[];
    let records: readonly NewRecord[];
    /** Where the first part ends, which is rolled and compacted. */
    let border: number;

    beforeAll(
      async () => {
        topic = await client.createTopic({ configs: compacting });
        const made: NewRecord[] = [];
        for (let round = 0; round < ROUNDS; round++) {
          const batch = KEYS.map((key, index) => recordAt(made.length + index, key, round));
          made.push(...batch);
          await produceRaw(client, topic, Buffer.from(encodeBatch({ records: batch, codec: codecOf(round) })));
        }
        border = made.length;
        await untilRolled(client, topic, border);
        const newest = new Map(made.map(({ key }, offset) => [String(key), offset]));
        const kept = made.flatMap((record, offset) => (newest.get(String(record.key)) === offset ? offset : []));
        const asExpected = (offset: number) => {
          const { key, value } = made[offset] as NewRecord;
          return { offset, key: key && Buffer.from(key).toString(), value: value && Buffer.from(value).toString() };
        };
        await untilCompacted(topic, kept.map(asExpected), border);
        const late = [recordAt(border, 'a', ROUNDS), recordAt(border + 1, 'e', ROUNDS)];
        made.push(...late);
        await produceRaw(client, topic, Buffer.from(encodeBatch({ records: late, codec: 'none' })));
        records = made;
        expected = [...kept, border, border + 1].map(asExpected);
      },
      COMPACTED_WITHIN_MS + 2 * ROLLED_WITHIN_MS,
    );

    it('has the last record of every key, a tombstone too, and the end that it had', async () => {
      expect(await shown(topic)).toEqual(expected);
      const answer = await client.get(`/topics/${topic}/partitions/0/offsets`);
      expect(answer.json).toEqual({ beginning_offset: 0, end_offset: records.length });
    });

    it('has them as they were produced: timestamp and headers', async () => {
      const { batches } = await readRaw(client, topic, { offset: 0, maxBytes: 1 << 20 });
      const read = recordsIn(batches);
      expect(read).toMatchObject(
        expected.slice(0, read.length).map(({ offset }) => {
          const { timestamp, headers } = records[offset] as NewRecord;
          return { offset, timestamp, headers: headers.map(({ key }) => ({ key })) };
        }),
      );
    });

    it('is read from every offset: at one that is gone the next follows', async () => {
      for (let offset = 0; offset < records.length; offset++) {
        const next = expected.find(record => record.offset >= offset);
        const page = pageOf(await readPage(client, topic, { ...binary, offset, maxBytes: 1 }));
        expect(page.records[0]?.offset).toBe(next?.offset);
        expect(page.nextOffset).toBeGreaterThan(next?.offset ?? offset);
        expect(page.highWatermark).toBe(records.length);
        const [first] = (await readRaw(client, topic, { offset, maxBytes: 1 })).batches.flatMap(batch =>
          recordsIn([batch]).filter(record => record.offset >= offset),
        );
        expect(first?.offset).toBe(next?.offset);
      }
    });

    it('is fetched beside others across what is gone', async () => {
      const [some] = partitionsOf(await fetchMany(client, { [topic]: [from(0, 1)] }, { max_wait_ms: 0 }));
      expect(some?.records.map(({ offset }) => offset)).toEqual(expected.map(({ offset }) => offset));
      expect(some).toMatchObject({ next_offset: records.length, high_watermark: records.length });
    });

    it('is found by time where the record is that stayed', async () => {
      for (const { timestamp } of records) {
        const answer = await client.get(
          `…/topics/${topic}/partitions/0/offset?offset_type=timestamp&timestamp=${timestamp}`,
        );
        const first = expected.find(({ offset }) => (records[offset]?.timestamp ?? 0) >= timestamp);
        expect(answer.json).toMatchObject({ offset: first?.offset ?? -1 });
      }
    });
  });

  describe('compaction', () => {
    const timeout = COMPACTED_WITHIN_MS + 2 * ROLLED_WITHIN_MS;

    it('begins when a live topic is told to', { timeout }, async () => {
      const topic = await client.createTopic({ configs: { ...compacting, 'cleanup.policy': 'delete' } });
      const put = (...values: RecordV2[]) => produceV2(client, `/topics/${topic}/partitions/0`, values);
      await put({ key: 'a', value: 1 }, { key: 'b', value: 1 });
      await put({ key: 'a', value: PADDING });
      await untilRolled(client, topic, 3);
      expect(await shown(topic)).toHaveLength(3);
      const data = [{ name: 'cleanup.policy', value: 'compact' }];
      expect((await client.post(`…/topics/${topic}/configs:alter`, { data })).status).toBe(204);
      await put({ key: 'b', value: PADDING });
      const left = [2, 3].map(offset => ({ offset, key: offset === 2 ? '"a"' : '"b"', value: `"${PADDING}"` }));
      await untilCompacted(topic, left, 4);
    });

    it('lets an idempotent producer go on, and know its last batch again', { timeout }, async () => {
      const topic = await client.createTopic({ configs: compacting });
      const path = `/topics/${topic}/partitions/0`;
      const producer = await newProducer(client);
      const put = (sequence: number, value: string) =>
        produceV2(client, path, [{ key: 'a', value }], { ...producer, sequence });
      for (let sequence = 0; sequence < 3; sequence++) await put(sequence, `${sequence}${PADDING}`);
      await untilRolled(client, topic, 3);
      await untilCompacted(topic, [{ offset: 2, key: '"a"', value: `"2${PADDING}"` }], 3);
      expect(await put(3, 'next')).toEqual([{ partition: 0, offset: 3 }]);
      expect(await put(3, 'next')).toEqual([{ partition: 0, offset: 3 }]);
      expect((await shown(topic)).map(({ offset }) => offset)).toEqual([2, 3]);
    });
  });
}

/** Time does not grow with the offset; each key is deleted once, `d` at the end. */
function recordAt(offset: number, key: string, round: number): NewRecord {
  const isTombstone = KEYS.indexOf(key) === round - 2;
  const value = round === ROUNDS - 1 ? `${round}${PADDING}` : String(round);
  return {
    timestamp: 1_700_000_000_000 + ((offset * 7) % 100),
    key: Buffer.from(key),
    value: isTombstone ? null : Buffer.from(value),
    headers: [{ key: `h${round}`, value: null }],
  };
}

const codecOf = (round: number) => (['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)[round % 5] ?? 'none';
