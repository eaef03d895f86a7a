/** Reading across the border between segments and entries, as if there were none. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type Client, mediaType } from './client.ts';
import { fetchMany, from, partitionsOf } from './support/fetch-many.ts';
import { readRaw } from './support/raw.ts';
import { read, readAll } from './support/read.ts';
import { type KnownRecord, ROLLED_WITHIN_MS, recordsIn, rolledTopic, withoutPlace } from './support/rolled-topic.ts';

/** Requests on their way side by side. */
const AT_ONCE = 8;

/** Records on either side of the border that one page is to have. */
const AROUND = 12;

const binary = { accept: mediaType.binary };

export function segmentCases(client: Client): void {
  describe('a log in segments and entries', () => {
    let topic: string;
    let records: readonly KnownRecord[];
    let rolledOffset: number;

    beforeAll(async () => {
      ({ topic, records, rolledOffset } = await rolledTopic(client));
    }, 2 * ROLLED_WITHIN_MS);

    it('is read from its start to its end', async () => {
      const all = await readAll(client, topic, { ...binary, maxBytes: 700 });
      expect(all.map(withoutPlace)).toEqual(records);
    });

    it('is read from every offset, in the middle of a batch or not', { timeout: 120_000 }, async () => {
      for (let first = 0; first < records.length; first += AT_ONCE) {
        const some = records.slice(first, first + AT_ONCE);
        const pages = await Promise.all(
          some.map(({ offset }) => read(client, topic, { ...binary, offset, maxBytes: 1 })),
        );
        expect(pages.map(([record]) => record && withoutPlace(record))).toEqual(some);
      }
    });

    it('is read across the border in one page', async () => {
      const offset = rolledOffset - AROUND;
      const page = await read(client, topic, { ...binary, offset });
      expect(page.map(withoutPlace)).toEqual(records.slice(offset));
    });

    it('is read raw across the border: whole batches that follow each other', async () => {
      const { batches, nextOffset } = await readRaw(client, topic, { offset: rolledOffset - 1 });
      const read = recordsIn(batches);
      expect(read[0]?.offset).toBeLessThanOrEqual(rolledOffset - 1);
      expect(read).toEqual(records.slice(read[0]?.offset));
      expect(nextOffset).toBe(records.length);
    });

    it('is fetched together with other partitions', async () => {
      const asked = [from(0, 1), from(1, 0), from(0, rolledOffset - 1), from(0, rolledOffset)];
      const [early, empty, border, late] = partitionsOf(
        await fetchMany(client, { [topic]: asked }, { max_wait_ms: 0 }),
      );
      expect(early?.records).toEqual(records.slice(1));
      expect(empty).toMatchObject({ error_code: 0, high_watermark: 0, records: [] });
      expect(border?.records).toEqual(records.slice(rolledOffset - 1));
      expect(late).toMatchObject({ log_start_offset: 0, high_watermark: records.length, next_offset: records.length });
      expect(late?.records).toEqual(records.slice(rolledOffset));
    });

    it('begins and ends where it did', async () => {
      const answer = await client.get(`/topics/${topic}/partitions/0/offsets`);
      expect(answer.json).toEqual({ beginning_offset: 0, end_offset: records.length });
    });

    it('is found by time wherever the record is', { timeout: 60_000 }, async () => {
      const offsetAt = async (query: string) => {
        const answer = await client.get(`…/topics/${topic}/partitions/0/offset?offset_type=${query}`);
        expect(answer.status, answer.text).toBe(200);
        return (answer.json as { offset: number }).offset;
      };
      const times = records.map(({ timestamp }) => timestamp);
      const latest = Math.max(...times);
      expect(await offsetAt('max_timestamp')).toBe(times.indexOf(latest));
      const near = times.filter((_, offset) => offset % 10 === 0 || offset >= rolledOffset - 2);
      for (const time of [0, ...near, latest, latest + 1].flatMap(time => [time, time + 1])) {
        const first = times.findIndex(timestamp => timestamp >= time);
        expect(await offsetAt(`timestamp&timestamp=${time}`), `from ${time} on`).toBe(first);
      }
    });
  });
}
