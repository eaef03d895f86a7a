/** Topics that cannot be created: each refusal names what is wrong, and nothing is made. */
import { describe, expect, it } from 'vitest';
import type { Client } from './client.ts';
import { expectError, malformed } from './support/refusals.ts';

const longestName = 'n'.repeat(249);

export function refusedTopicCases(client: Client): void {
  describe('the name of a topic', () => {
    it.each([
      ['', 'empty'],
      ['.', 'a dot'],
      ['..', 'two dots'],
      [`${longestName}n`, '250 characters'],
      ['a b', 'a space'],
      ['a/b', 'a slash'],
      ['a:b', 'a colon'],
      ['a,b', 'a comma'],
      ['ä', 'a letter beyond ASCII'],
      ['ｔ', 'a full-width letter'],
      ['a\n', 'a line feed at its end'],
      ['a\u0000', 'a NUL'],
      ['😀', 'an emoji'],
    ])('is refused: %j (%s)', async topic_name => {
      const answer = await client.post('…/topics', { topic_name, partitions_count: 1 });
      expectError(answer, { status: 400, code: 40002, message: /INVALID_TOPIC/ });
    });

    it.each([
      longestName,
      'a',
      '...',
      '-',
      '_',
      '.a',
      'A.b_c-9',
      '0',
      '__proto__',
      'constructor',
      'toString',
      '__consumer_offsets',
    ])('is legal: %s', async topic_name => {
      const answer = await client.post('…/topics', { topic_name, partitions_count: 1, validate_only: true });
      expect(answer.status, answer.text).toBe(200);
      expect(answer.json).toMatchObject({ topic_name });
    });

    it.each(['__proto__', 'constructor', 'hasOwnProperty'])('%s is unknown until it is created', async name => {
      expectError(await client.get(`…/topics/${name}`), { status: 404, code: 40403 });
      expectError(await client.get(`/topics/${name}`), { status: 404, code: 40401 });
      expectError(await client.post(`/topics/${name}`, { records: [{ value: 1 }] }), { status: 404, code: 40401 });
      const query = 'offset=0&timeout=0&max_bytes=100';
      const read = await client.get(`/topics/${name}/partitions/0/records?${query}`);
      expectError(read, { status: 404, code: 40401 });
    });

    it.each(['a%20b', 'a%2Fb', '%C3%A4', 'n'.repeat(250)])('is unknown or refused in a path: %s', async name => {
      for (const path of [`…/topics/${name}`, `/topics/${name}`]) {
        expectError(await client.get(path), { status: [400, 404] });
      }
    });
  });

  const refused: [why: string, fields: object, message: RegExp | undefined][] = [
    ['no partitions', { partitions_count: 0 }, /partitions/],
    ['fewer than no partitions', { partitions_count: -1 }, /partitions/],
    ['half a partition', { partitions_count: 1.5 }, /partitions/],
    ['more partitions than the limit', { partitions_count: 1_001 }, /1000|1,000|1_000/],
    ['a number that is none', { partitions_count: 'three' }, /partitions/],
    ['an unknown config', { configs: [{ name: 'retention.minutes', value: '1' }] }, /retention\.minutes/],
    ['a config of the prototype', { configs: [{ name: '__proto__', value: '1' }] }, /__proto__/],
    ['a bad value', { configs: [{ name: 'retention.ms', value: '-2' }] }, /retention\.ms/],
    ['a value of another type', { configs: [{ name: 'cleanup.policy', value: 'shred' }] }, /cleanup\.policy/],
    ['a read-only config', { configs: [{ name: 'min.insync.replicas', value: '2' }] }, /min\.insync\.replicas/],
    ['configs that are no list', { configs: { 'retention.ms': '1' } }, /configs/],
    ['a config without a name', { configs: [{ value: '1' }] }, undefined],
    ['a replication factor of zero', { replication_factor: 0 }, /replication.factor/i],
    ['a name that is no text', { topic_name: 7 }, /topic_name/],
    ['no name', { topic_name: undefined }, /topic_name/],
  ];

  describe('a topic is not created', () => {
    it.each(refused)('with %s', async (_why, fields, message) => {
      const topic_name = client.newName();
      const answer = await client.post('…/topics', { topic_name, partitions_count: 1, ...fields });
      expectError(answer, { ...malformed, ...(message && { message }) });
      expectError(await client.get(`…/topics/${topic_name}`), { status: 404, code: 40403 });
    });

    it('with a bad config, and says 40002', async () => {
      const configs = [{ name: 'segment.bytes', value: 'lots' }];
      const answer = await client.post('…/topics', { topic_name: client.newName(), configs });
      expectError(answer, { status: 400, code: 40002, message: /INVALID_CONFIG.*segment\.bytes/ });
    });

    it('beyond 1,000 partitions, and is with them', async () => {
      const topic_name = client.newName();
      const most = await client.post('…/topics', { topic_name, partitions_count: 1_000, validate_only: true });
      expect(most.status, most.text).toBe(200);
      const beyond = await client.post('…/topics', { topic_name, partitions_count: 1_001, validate_only: true });
      expectError(beyond, { status: 400, code: 40002, message: /INVALID_PARTITIONS/ });
    });
  });
}
