/** The end of a topic, and a new one under its name. */
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Client, mediaType } from './client.ts';
import { postV2, produceV2, valuesOf } from './support/produce.ts';
import { endOffsets, eventually, readTexts } from './support/read.ts';
import { expectError } from './support/refusals.ts';

/** How long a deleted name stays taken. */
const NAME_TAKEN_MS = 15_000;

/** Deletes a topic when the run begins, so that its name is free once the other cases are done, when `again` asks. */
export function topicDeletionCases(client: Client): { readonly again: () => void } {
  let deleted: string;
  let deletedAt: number;

  beforeAll(async () => {
    deleted = await client.createTopic({ partitions: 2, configs: { 'retention.ms': '5000' } });
    await produceV2(client, `/topics/${deleted}/partitions/0`, valuesOf('old', 'older'));
    const answer = await client.send('DELETE', `…/topics/${deleted}`);
    expect(answer.status, answer.text).toBe(204);
    expect(answer.bytes).toHaveLength(0);
    deletedAt = performance.now();
  });

  describe('a deleted topic', () => {
    it('keeps its name taken for a while, and says when to come back', async () => {
      const answer = await client.post('…/topics', { topic_name: deleted, partitions_count: 1 });
      expectError(answer, { status: 409, code: 40914 });
      expect(answer.headers.get('retry-after')).toMatch(/^[1-9][0-9]*$/);
    });

    it('is unknown', async () => {
      await eventually(async () => {
        expectError(await client.get(`…/topics/${deleted}`), { status: 404, code: 40403 });
        expectError(await client.get(`/topics/${deleted}`), { status: 404, code: 40401 });
      });
      expectError(await client.send('DELETE', `…/topics/${deleted}`), { status: 404, code: 40403 });
    });

    it('is no longer listed', async () => {
      await eventually(async () => expect((await client.get('/topics')).json).not.toContain(deleted));
    });

    it('takes and gives no records', async () => {
      await eventually(async () => {
        expectError(await postV2(client, `/topics/${deleted}`, valuesOf(1)), { status: 404, code: 40401 });
        const query = 'offset=0&timeout=0&max_bytes=1000';
        const read = await client.get(`/topics/${deleted}/partitions/0/records?${query}`, mediaType.json);
        expectError(read, { status: 404, code: 40401 });
      });
    });
  });

  return {
    again: () =>
      describe('a topic created again', () => {
        it('has nothing of the one before it', { timeout: 60_000 }, async () => {
          await sleep(Math.max(0, deletedAt + NAME_TAKEN_MS + 1_000 - performance.now()));
          const answer = await client.post('…/topics', { topic_name: deleted, partitions_count: 1 });
          expect(answer.status, answer.text).toBe(201);
          await eventually(async () => expect(await endOffsets(client, deleted)).toEqual([0]));
          const config = await client.get(`…/topics/${deleted}/configs/retention.ms`);
          expect(config.json).toMatchObject({ value: '604800000' });
          const stored = await eventually(() => produceV2(client, `/topics/${deleted}`, valuesOf('new')));
          expect(stored).toEqual([{ partition: 0, offset: 0 }]);
          expect(await readTexts(client, deleted)).toEqual(['"new"']);
        });
      }),
  };
}
