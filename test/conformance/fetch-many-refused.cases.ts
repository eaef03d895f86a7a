/** `records:fetch` refuses what is wrong in itself; what a partition has not is in `fetch-many.cases.ts`. */
import { describe, expect, it } from 'vitest';
import type { Client } from './client.ts';
import { fetchMany, from, partitionsOf } from './support/fetch-many.ts';
import { expectError, misfit } from './support/refusals.ts';

export function refusedFetchManyCases(client: Client): void {
  describe('records:fetch refuses', () => {
    const partition = from(0, 0);

    it.each([
      ['nothing', {}],
      ['topics that are no list', { topics: { topic: 'a' } }],
      ['a topic without a name', { topics: [{ partitions: [partition] }] }],
      ['a topic without partitions', { topics: [{ topic: 'a' }] }],
      ['half an offset', { topics: [{ topic: 'a', partitions: [from(0, 0.5)] }] }],
      ['an offset beyond 2^53 - 1', { topics: [{ topic: 'a', partitions: [from(0, 2 ** 53)] }] }],
      ['no offset', { topics: [{ topic: 'a', partitions: [{ partition: 0 }] }] }],
      ['a negative size', { topics: [{ topic: 'a', partitions: [from(0, 0, -1)] }] }],
      ['a negative max_bytes', { topics: [{ topic: 'a', partitions: [partition] }], max_bytes: -1 }],
      ['a negative wait', { topics: [{ topic: 'a', partitions: [partition] }], max_wait_ms: -1 }],
      ['a wait beyond 25 s', { topics: [{ topic: 'a', partitions: [partition] }], max_wait_ms: 25_001 }],
      ['a negative min_bytes', { topics: [{ topic: 'a', partitions: [partition] }], min_bytes: -1 }],
      [
        'more than 1,000 partitions',
        { topics: [{ topic: 'a', partitions: Array.from({ length: 1_001 }, () => partition) }] },
      ],
      ['a list', []],
    ])('%s', async (_why, json) => {
      expectError(await client.post('…/records:fetch', json), misfit);
    });

    it.each([
      ['a negative offset', from(0, -1)],
      ['a negative partition', from(-1, 0)],
    ])('%s, as a whole or in its partition alone', async (_why, asked) => {
      const topic = await client.createTopic();
      const answer = await fetchMany(client, { [topic]: [asked] });
      if (answer.status === 200) expect(partitionsOf(answer)[0]?.error_code).not.toBe(0);
      else expectError(answer, misfit);
    });
  });
}
