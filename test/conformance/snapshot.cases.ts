/** The newest record of every key of a partition, page by page, and what follows. */
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type Answer, type Client, mediaType } from './client.ts';
import { produceV2, type RecordV2 } from './support/produce.ts';
import { expectError } from './support/refusals.ts';

const snapshotPage = z.strictObject({
  kind: z.literal('MillraceSnapshot'),
  metadata: z.strictObject({ self: z.url(), next: z.url().nullable() }),
  follow_offset: z.int().nonnegative(),
  high_watermark: z.int().nonnegative(),
  data: z.array(
    z.strictObject({
      offset: z.int().nonnegative(),
      timestamp: z.int(),
      key: z.string(),
      value: z.unknown(),
      headers: z.array(z.unknown()),
    }),
  ),
});

type Page = z.infer<typeof snapshotPage>;

/** Rolled and compacted as soon as a deployment does. */
const compacted = { 'cleanup.policy': 'compact', 'segment.bytes': '2000', 'min.cleanable.dirty.ratio': '0' };

const getSnapshot = (client: Client, topic: string, query = '', partition = 0): Promise<Answer> =>
  client.get(`…/topics/${topic}/partitions/${partition}/records:snapshot${query}`, mediaType.json);

function pageOf(answer: Answer): Page {
  expect(answer.status, answer.text).toBe(200);
  return snapshotPage.parse(answer.json);
}

const tokenOf = (next: string) => new URL(next).searchParams.get('page_token') ?? '';

export function snapshotCases(client: Client): void {
  /** Every page; between two of them `meanwhile` is done. */
  async function snapshotOf(topic: string, maxBytes: number, meanwhile = async () => {}) {
    let page = pageOf(await getSnapshot(client, topic, `?max_bytes=${maxBytes}`));
    const pages = [page];
    while (page.metadata.next) {
      await meanwhile();
      const token = encodeURIComponent(tokenOf(page.metadata.next));
      page = pageOf(await getSnapshot(client, topic, `?max_bytes=${maxBytes}&page_token=${token}`));
      pages.push(page);
    }
    return { pages, records: pages.flatMap(({ data }) => data), followOffset: page.follow_offset };
  }

  async function follow(topic: string, from: number): Promise<readonly { key: unknown; value: unknown }[]> {
    const records = [];
    for (let offset = from; ; ) {
      const query = `offset=${offset}&timeout=0&max_bytes=100000`;
      const answer = await client.get(`/topics/${topic}/partitions/0/records?${query}`, mediaType.json);
      expect(answer.status, answer.text).toBe(200);
      records.push(...(answer.json as { key: unknown; value: unknown }[]));
      offset = Number(answer.headers.get('millrace-next-offset'));
      if (offset === Number(answer.headers.get('millrace-high-watermark'))) return records;
    }
  }

  describe('a snapshot', () => {
    it('and what follows are the whole log, whatever is produced meanwhile', { timeout: 60_000 }, async () => {
      const topic = await client.createTopic({ configs: compacted });
      const table = new Map<unknown, unknown>();
      let made = 0;
      const produce = async (count: number) => {
        const records = Array.from({ length: count }, (): RecordV2 => {
          const value = made % 7 === 0 ? null : `${made}`.padEnd(50, '.');
          return { key: `k${(made++ * 13) % 60}`, value };
        });
        await produceV2(client, `/topics/${topic}/partitions/0`, records);
        for (const { key, value } of records) {
          if (value === null) table.delete(key);
          else table.set(key, value);
        }
      };
      for (let batch = 0; batch < 20; batch++) await produce(20);
      const { pages, records, followOffset } = await snapshotOf(topic, 1_500, () => produce(2));
      expect(pages.length).toBeGreaterThan(2);
      expect(followOffset).toBe(400);
      expect(new Set(pages.map(page => page.follow_offset)).size).toBe(1);
      expect(new Set(records.map(({ key }) => key)).size).toBe(records.length);
      const folded = new Map<unknown, unknown>(records.map(({ key, value }) => [key, value]));
      for (const { key, value } of await follow(topic, followOffset)) {
        if (value === null) folded.delete(key);
        else folded.set(key, value);
      }
      expect(folded).toEqual(table);
    });

    it('of an empty partition is empty', async () => {
      const topic = await client.createTopic({ configs: compacted });
      expect(pageOf(await getSnapshot(client, topic))).toMatchObject({
        metadata: { next: null },
        follow_offset: 0,
        high_watermark: 0,
        data: [],
      });
    });

    it('is refused with a token that is none of its own', async () => {
      const topic = await client.createTopic({ partitions: 2, configs: compacted });
      const other = await client.createTopic({ configs: compacted });
      const records = ['a', 'b'].map(key => ({ key, value: 1 }));
      await produceV2(client, `/topics/${topic}/partitions/0`, records);
      const { metadata } = pageOf(await getSnapshot(client, topic, '?max_bytes=1'));
      const token = tokenOf(metadata.next ?? expect.fail('there is one page only'));
      for (const bad of ['', 'x', `${token}A`, token.slice(2), 'A'.repeat(1_000)]) {
        const answer = await getSnapshot(client, topic, `?page_token=${bad}`);
        expectError(answer, { status: 400, code: 400, message: /page_token/ });
      }
      const elsewhere = { status: 422, code: 422, message: /page_token/ };
      expectError(await getSnapshot(client, other, `?page_token=${token}`), elsewhere);
      expectError(await getSnapshot(client, topic, `?page_token=${token}`, 1), elsewhere);
    });

    it.each(['?max_bytes=0', '?max_bytes=67108865', '?max_bytes=', '?max_bytes=1&max_bytes=1'])(
      'is refused with %s',
      async query => {
        const topic = await client.createTopic({ configs: compacted });
        expectError(await getSnapshot(client, topic, query), { status: 400, code: 400 });
      },
    );

    it('is refused where the topic is not compacted, or is not there', async () => {
      const plain = await client.createTopic();
      expectError(await getSnapshot(client, plain), { status: 422, code: 422, message: /cleanup\.policy/ });
      expectError(await getSnapshot(client, client.newName()), { status: 404, code: 40403 });
      expectError(await getSnapshot(client, plain, '', 1), { status: 404, code: 40402 });
    });
  });
}
