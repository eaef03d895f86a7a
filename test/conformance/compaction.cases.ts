/** Compacted topics: of every key the last record stays, where it stands, and readers cross what is gone. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeBatch } from '../../lib/record/encode-batch.ts';
import type { NewRecord } from '../../lib/record/record.ts';
import { type Client, mediaType } from './client.ts';
import { fetchMany, from, partitionsOf } from './support/fetch-many.ts';
import { newProducer, produceV2, type RecordV2 } from './support/produce.ts';
import { parseBatches, produceRaw, readRaw } from './support/raw.ts';
import { pageOf, readAll, readPage, textOf } from './support/read.ts';
import {
  type KnownRecord,
  knownRecord,
  ROLLED_WITHIN_MS,
  recordsIn,
  untilRolled,
  withoutPlace,
} from './support/rolled-topic.ts';
import { listSegments } from './support/segments.ts';

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
          // one batch loses records on both sides of one that stays
          const keys = round === 3 ? ['a', 'solo', 'b', 'c', 'd'] : KEYS;
          const batch = keys.map((key, index) => recordAt(made.length + index, key, round));
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
      const known = expected.map(({ offset }) => knownRecord(records[offset] as NewRecord, offset));
      const { batches, nextOffset } = await readRaw(client, topic, { offset: 0, maxBytes: 1 << 20 });
      expect(recordsIn(batches)).toEqual(known);
      expect(nextOffset).toBe(records.length);
      expect((await readAll(client, topic, binary)).map(withoutPlace)).toEqual(known);
    });

    it('is read from every offset: at one that is gone the next follows', async () => {
      for (let offset = 0; offset < records.length; offset++) {
        const next = expected.find(record => record.offset >= offset);
        const page = pageOf(await readPage(client, topic, { ...binary, offset }));
        expect(page.records[0]?.offset).toBe(next?.offset);
        expect(page).toMatchObject({ nextOffset: records.length, highWatermark: records.length, logStartOffset: 0 });
        const raw = await readRaw(client, topic, { offset });
        expect(recordsIn(raw.batches).find(record => record.offset >= offset)?.offset).toBe(next?.offset);
        expect(raw).toMatchObject({ nextOffset: records.length, highWatermark: records.length, logStartOffset: 0 });
      }
    });

    it('is read on from every offset, however little is asked for', async () => {
      for (let offset = 0; offset < records.length; offset++) {
        const next = expected.find(record => record.offset >= offset)?.offset;
        const page = pageOf(await readPage(client, topic, { ...binary, offset, maxBytes: 1 }));
        expect(page.records[0]?.offset).toBe(next);
        expect(page.nextOffset).toBeGreaterThan(next ?? offset);
      }
    });

    it('is fetched beside others, from every offset', async () => {
      const asked = records.map((_, offset) => from(0, offset));
      const fetched = partitionsOf(await fetchMany(client, { [topic]: asked }, { max_wait_ms: 0 }));
      for (const [offset, partition] of fetched.entries()) {
        const known = expected.flatMap(each =>
          each.offset >= offset ? knownRecord(records[each.offset] as NewRecord, each.offset) : [],
        );
        expect(partition.records).toEqual(known);
        expect(partition).toMatchObject({ next_offset: records.length, high_watermark: records.length });
      }
    });

    it('is found by time where a record is that stayed', async () => {
      const offsetAt = async (query: string) => {
        const answer = await client.get(`…/topics/${topic}/partitions/0/offset?offset_type=${query}`);
        return (answer.json as { offset: number }).offset;
      };
      const timeOf = (offset: number) => records[offset]?.timestamp ?? 0;
      for (const { timestamp } of records) {
        const first = expected.find(({ offset }) => timeOf(offset) >= timestamp);
        expect(await offsetAt(`timestamp&timestamp=${timestamp}`)).toBe(first?.offset ?? -1);
      }
      const [latest] = expected.map(({ offset }) => offset).sort((one, other) => timeOf(other) - timeOf(one));
      expect(await offsetAt('max_timestamp')).toBe(latest);
      expect(await offsetAt('earliest')).toBe(0);
      expect(await offsetAt('latest')).toBe(records.length);
    });

    it('is listed in segments that hold what is left, and follow each other with gaps', async () => {
      const segments = await listSegments(client, topic);
      const listed: KnownRecord[] = [];
      let end = 0;
      for (const { base_offset, last_offset, url } of segments) {
        expect(base_offset).toBeGreaterThanOrEqual(end);
        end = last_offset + 1;
        const found = recordsIn(parseBatches(Buffer.from(await (await fetch(url)).arrayBuffer())));
        for (const { offset } of found) {
          expect(offset).toBeGreaterThanOrEqual(base_offset);
          expect(offset).toBeLessThan(end);
        }
        listed.push(...found);
      }
      const below = expected.filter(({ offset }) => offset < end);
      expect(listed).toEqual(below.map(({ offset }) => knownRecord(records[offset] as NewRecord, offset)));
      expect(end).toBeGreaterThanOrEqual(border);
    });
  });

  describe('compaction', () => {
    const timeout = COMPACTED_WITHIN_MS + 2 * ROLLED_WITHIN_MS;

    it('begins when a live topic is told to, and leaves what has no key', { timeout }, async () => {
      const topic = await client.createTopic({ configs: { ...compacting, 'cleanup.policy': 'delete' } });
      const put = (...values: RecordV2[]) => produceV2(client, `/topics/${topic}/partitions/0`, values);
      await put({ key: 'a', value: 1 }, { value: 'keyless' }, { key: 'b', value: 1 });
      await put({ key: 'a', value: PADDING });
      await untilRolled(client, topic, 4);
      expect(await shown(topic)).toHaveLength(4);
      const data = [{ name: 'cleanup.policy', value: 'compact' }];
      expect((await client.post(`…/topics/${topic}/configs:alter`, { data })).status).toBe(204);
      await put({ key: 'b', value: PADDING });
      const left = [
        { offset: 1, key: null, value: '"keyless"' },
        { offset: 3, key: '"a"', value: `"${PADDING}"` },
        { offset: 4, key: '"b"', value: `"${PADDING}"` },
      ];
      await untilCompacted(topic, left, 5);
    });

    it('lets an idempotent producer go on, and know its last batches again', { timeout }, async () => {
      const topic = await client.createTopic({ configs: compacting });
      const path = `/topics/${topic}/partitions/0`;
      const producer = await newProducer(client);
      const put = (sequence: number, value: string) =>
        produceV2(client, path, [{ key: 'a', value }], { ...producer, sequence });
      for (let sequence = 0; sequence < 3; sequence++) await put(sequence, `${sequence}${PADDING}`);
      await untilRolled(client, topic, 3);
      await untilCompacted(topic, [{ offset: 2, key: '"a"', value: `"2${PADDING}"` }], 3);
      for (const gone of [0, 1]) expect(await put(gone, `${gone}${PADDING}`)).toEqual([{ partition: 0, offset: gone }]);
      for (const _try of [1, 2]) expect(await put(3, 'next')).toEqual([{ partition: 0, offset: 3 }]);
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
