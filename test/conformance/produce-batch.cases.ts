/** v3 `records:batch`: 207 with successes and failures. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type Client, mediaType } from './client.ts';
import { base64, postBatch, produceBatch, recordsPath, stringOf } from './support/produce.ts';
import { read, readTexts, storingNothing } from './support/read.ts';
import { expectError } from './support/refusals.ts';

const entriesOf = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ id: `e${index}`, value: stringOf(`v${index}`) }));

export function produceBatchCases(client: Client): void {
  let topic: string;

  beforeAll(async () => {
    topic = await client.createTopic({ partitions: 2 });
  });

  describe('records:batch', () => {
    it('answers 207 and a report by id', async () => {
      const one = await client.createTopic();
      const entries = [
        { id: 'first', key: stringOf('k'), value: { type: 'JSON', data: [1] }, timestamp: '2021-02-05T19:14:42Z' },
        { id: 'second', value: { type: 'BINARY', data: base64('abc') } },
      ];
      const answer = await postBatch(client, one, entries);
      expect(answer.status, answer.text).toBe(207);
      expect(answer.type).toBe('application/json');
      const cluster_id = await client.clusterId();
      const common = { cluster_id, topic_name: one, partition_id: 0, timestamp: expect.any(String) };
      expect(answer.json).toMatchObject({
        successes: [
          { ...common, id: 'first', offset: 0, key: { type: 'STRING', size: 1 }, value: { type: 'JSON', size: 3 } },
          { ...common, id: 'second', offset: 1, value: { type: 'BINARY', size: 3 } },
        ],
        failures: [],
      });
      const [first] = await read(client, one, { accept: mediaType.binary });
      expect(first?.timestamp).toBe(Date.parse('2021-02-05T19:14:42Z'));
      expect(await readTexts(client, one)).toEqual(['[1]', 'abc']);
    });

    it('keeps headers', async () => {
      const headers = [{ name: 'h', value: base64('x') }];
      const entries = [{ id: '1', partition_id: 1, headers, value: stringOf('v') }];
      const { successes } = await produceBatch(client, topic, entries);
      const [stored] = await read(client, topic, {
        partition: 1,
        offset: successes[0]?.offset ?? 0,
        accept: mediaType.binary,
      });
      expect(stored?.headers).toEqual([{ key: 'h', value: base64('x') }]);
    });

    it('stores the good entries among bad ones', async () => {
      const one = await client.createTopic();
      const value = stringOf('good');
      const entries = [
        { id: 'a', value },
        { id: 'b', value: { type: 'BINARY', data: '!!!!' } },
        { id: 'c', partition_id: 9, value },
        { id: 'd', timestamp: 'never', value },
        { id: 'e', value },
      ];
      const { successes, failures } = await produceBatch(client, one, entries);
      expect(successes.map(({ id, offset }) => [id, offset])).toEqual([
        ['a', 0],
        ['e', 1],
      ]);
      expect(failures.map(({ id }) => id)).toEqual(['b', 'c', 'd']);
      expect(failures[1]?.error_code).toBe(40402);
      expect(await readTexts(client, one)).toEqual(['good', 'good']);
    });

    it('answers 207 where every entry fails', async () => {
      const entries = ['a', 'b'].map(id => ({ id, partition_id: 2, value: stringOf('v') }));
      const { successes, failures } = await storingNothing(client, topic, () => produceBatch(client, topic, entries));
      expect(successes).toEqual([]);
      expect(failures.map(({ id, error_code }) => [id, error_code])).toEqual([
        ['a', 40402],
        ['b', 40402],
      ]);
    });

    it('takes 1,000 entries, in their order', async () => {
      const one = await client.createTopic();
      const { successes, failures } = await produceBatch(client, one, entriesOf(1_000));
      expect(failures).toEqual([]);
      const byOffset = successes.toSorted((a, b) => a.offset - b.offset);
      expect(byOffset.map(({ id, offset }) => `${id} ${offset}`)).toEqual(
        entriesOf(1_000).map(({ id }, at) => `${id} ${at}`),
      );
    });

    it('refuses 1,001 entries, and names the limit', async () => {
      const answer = await storingNothing(client, topic, () => postBatch(client, topic, entriesOf(1_001)));
      expectError(answer, { status: 422, code: 42208, message: /1,?000/ });
    });

    it('takes an id of 1 to 80 characters', async () => {
      const ids = ['1', 'x'.repeat(80)];
      const { successes } = await produceBatch(
        client,
        topic,
        ids.map(id => ({ id, value: stringOf('v') })),
      );
      expect(successes.map(({ id }) => id).sort()).toEqual(ids);
    });

    it.each([
      ['an id of 81 characters', { entries: [{ id: 'x'.repeat(81), value: stringOf('v') }] }],
      ['an empty id', { entries: [{ id: '', value: stringOf('v') }] }],
      ['no id', { entries: [{ value: stringOf('v') }] }],
      ['one id twice', { entries: ['a', 'b', 'a'].map(id => ({ id, value: stringOf('v') })) }],
      ['no entries', { entries: [] }],
      ['entries that are no list', { entries: { id: '1' } }],
      ['an entry that is no object', { entries: ['v'] }],
      ['nothing', {}],
      ['a list', []],
    ])('refuses %s', async (_why, body) => {
      const answer = await storingNothing(client, topic, () => client.post(`${recordsPath(topic)}:batch`, body));
      expectError(answer, { status: 422, code: [422, 42208] });
    });
  });
}
