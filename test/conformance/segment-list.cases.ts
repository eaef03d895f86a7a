/** The list of a partition's segments, and the links in it by which they are read from where they are stored. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Client } from './client.ts';
import { produceV2, valuesOf } from './support/produce.ts';
import { parseBatches } from './support/raw.ts';
import { eventually } from './support/read.ts';
import { expectError } from './support/refusals.ts';
import { type KnownRecord, ROLLED_WITHIN_MS, recordsIn, rolledTopic } from './support/rolled-topic.ts';
import { getSegments, listSegments, type Segment, segmentPage } from './support/segments.ts';

export function segmentListCases(client: Client): void {
  describe('the segments of a partition', () => {
    let topic: string;
    let records: readonly KnownRecord[];
    let rolledOffset: number;
    let segments: readonly Segment[];

    beforeAll(async () => {
      ({ topic, records, rolledOffset } = await rolledTopic(client));
      segments = await listSegments(client, topic);
    }, 2 * ROLLED_WITHIN_MS);

    const download = async ({ url }: Segment, range?: string) => {
      const response = await fetch(url, range === undefined ? {} : { headers: { Range: range } });
      return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()) };
    };

    it('follow each other from the log start on', () => {
      expect(segments.length).toBeGreaterThan(1);
      expect(segments[0]?.base_offset).toBe(0);
      for (const [index, { base_offset, last_offset }] of segments.entries()) {
        expect(last_offset).toBeGreaterThanOrEqual(base_offset);
        if (index > 0) expect(base_offset).toBe((segments[index - 1]?.last_offset ?? 0) + 1);
      }
      expect(segments.at(-1)?.last_offset).toBeGreaterThanOrEqual(rolledOffset - 1);
    });

    it('say how late their latest record is', () => {
      for (const { base_offset, last_offset, max_timestamp } of segments) {
        const times = records.slice(base_offset, last_offset + 1).map(({ timestamp }) => timestamp);
        expect(max_timestamp).toBe(Math.max(...times));
      }
    });

    it('are files that any reader of Kafka reads', { timeout: 60_000 }, async () => {
      for (const segment of segments) {
        const { status, bytes } = await download(segment);
        expect(status).toBe(200);
        expect(bytes.byteLength).toBe(segment.size_in_bytes);
        const { base_offset, last_offset } = segment;
        expect(recordsIn(parseBatches(bytes))).toEqual(records.slice(base_offset, last_offset + 1));
      }
    });

    it('are read by ranges', async () => {
      const [segment = expect.fail('no segment')] = segments;
      const size = segment.size_in_bytes;
      const { bytes } = await download(segment);
      for (const [range, start, end] of [
        ['bytes=0-9', 0, 10],
        ['bytes=10-10', 10, 11],
        [`bytes=${size - 5}-`, size - 5, size],
        [`bytes=100-${size + 100}`, 100, size],
        ['bytes=-7', size - 7, size],
      ] as const) {
        const part = await download(segment, range);
        expect(part.status, range).toBe(206);
        expect(part.bytes.equals(bytes.subarray(start, end)), range).toBe(true);
      }
      expect((await download(segment, `bytes=${size}-`)).status).toBe(416);
    });

    it('are no more where the link is changed', async () => {
      const [segment = expect.fail('no segment')] = segments;
      const url = new URL(segment.url);
      url.pathname = url.pathname.replace(/\.log$/, 'x.log');
      // a signature that does not fit is refused as well
      expect([403, 404]).toContain((await fetch(url)).status);
    });

    it('come page by page', async () => {
      await eventually(async () => {
        const all = await listSegments(client, topic);
        const page = segmentPage(await getSegments(client, topic, '?page_size=1'));
        expect(page.data.map(({ base_offset }) => base_offset)).toEqual([0]);
        const paged = await listSegments(client, topic, '?page_size=2');
        expect(paged.map(({ base_offset }) => base_offset)).toEqual(all.map(({ base_offset }) => base_offset));
      });
    });

    it('come from an offset on, with the one that holds it', async () => {
      const { base_offset, last_offset } = segments[1] ?? expect.fail('one segment only');
      for (const offset of [base_offset, last_offset]) {
        const [first] = await listSegments(client, topic, `?from_offset=${offset}`);
        expect(first?.base_offset).toBeLessThanOrEqual(offset);
        expect(first?.last_offset).toBeGreaterThanOrEqual(offset);
      }
      expect(await listSegments(client, topic, `?from_offset=${records.length}`)).toEqual([]);
      expect(await listSegments(client, topic, '?from_offset=9007199254740991')).toEqual([]);
    });

    it('are none where nothing has been rolled', async () => {
      const other = await client.createTopic();
      expect(await listSegments(client, other)).toEqual([]);
      await produceV2(client, `/topics/${other}`, valuesOf(1));
      expect(await listSegments(client, other)).toEqual([]);
    });

    it.each([
      '?page_size=0',
      '?page_size=1001',
      '?page_size=-1',
      '?page_size=1.0',
      '?page_size=',
      '?from_offset=-1',
      '?from_offset=1e3',
      '?from_offset=',
      '?from_offset=9007199254740992',
    ])('are refused with %s', async query => {
      expectError(await getSegments(client, topic, query), { status: 400, code: 400 });
    });

    it.each(['?page_size=1', '?page_size=999', '?page_size=1000', '?from_offset=0'])(
      'are answered with %s',
      async query => {
        expect(segmentPage(await getSegments(client, topic, query)).data.length).toBeGreaterThan(0);
      },
    );

    it('are unknown where the topic or the partition is', async () => {
      expectError(await getSegments(client, topic, '', 2), { status: 404, code: 40402 });
      expectError(await getSegments(client, client.newName()), { status: 404, code: 40403 });
    });
  });
}
