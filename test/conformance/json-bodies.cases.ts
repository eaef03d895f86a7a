/** Bodies that are not the JSON a route expects: refused by name, and nothing stored. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type Client, mediaType } from './client.ts';
import { acknowledged, recordsPath, reportsOf } from './support/produce.ts';
import { storingNothing } from './support/read.ts';
import { type ExpectedError, expectError, expectRecordsRefused, misfit, notJson } from './support/refusals.ts';

const brokenBodies = [
  ' ',
  '{',
  '[',
  '{"a":}',
  '{"a":1}}',
  '{"a":1} x',
  '{"a" 1}',
  "{'a':1}",
  '{a:1}',
  '{"a":NaN}',
  '{"a":01}',
  '\u0000',
  'nul',
];

/** JSON, but never an object. */
const notObjects = ['[]', '"text"', '7', 'true', 'null'];

const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

export function jsonBodyCases(client: Client): void {
  let topic: string;

  beforeAll(async () => {
    topic = await client.createTopic({ partitions: 2 });
  });

  const at = (path: string) => path.replace('{t}', topic);

  describe.each([
    ['POST', '…/topics', { topic_name: 'conf-never', validate_only: true }],
    ['PATCH', '…/topics/{t}', { partitions_count: 3 }],
    ['PUT', '…/topics/{t}/configs/retention.ms', { value: '1000' }],
    ['POST', '…/topics/{t}/configs:alter', { data: [{ name: 'retention.ms', value: '1000' }], validate_only: true }],
    ['POST', '…/topics/{t}/records:batch', { entries: [{ id: '1' }] }],
    ['POST', '…/records:fetch', { topics: [{ topic: 'conf-never', partitions: [{ partition: 0, fetch_offset: 0 }] }] }],
    ['POST', '/topics/{t}', { records: [{}] }],
    ['POST', '/topics/{t}/partitions/0', { records: [{}] }],
  ])('%s %s', (method, path, good) => {
    const send = (body: string | Uint8Array) => client.send(method, at(path), { body, type: 'application/json' });

    const refusesAll = (bodies: readonly (string | Uint8Array)[], expected: ExpectedError) =>
      storingNothing(client, topic, async () => {
        for (const body of bodies) expectError(await send(body), expected);
      });

    it('refuses nothing at all', () => refusesAll([''], { status: 422, code: [422, 42208] }));

    it('refuses what is not JSON', () => refusesAll(brokenBodies, notJson));

    it('refuses what is not an object', () => refusesAll(notObjects, { status: 422, code: [422, 42208] }));

    it('refuses what is not UTF-8', () => {
      const bytes = Buffer.concat([Buffer.from('{"records":[{"value":"'), Buffer.of(0xff, 0xfe), Buffer.from('"}]}')]);
      return refusesAll([bytes], notJson);
    });

    it('refuses what is nested too deep', () =>
      refusesAll([nested(101), nested(100_000), `{"a":${nested(100)}}`], { ...notJson, message: /100/ }));

    it('refuses members that it does not know, by name', async () => {
      const answer = await storingNothing(client, topic, () => send(JSON.stringify({ ...good, no_such_member: 1 })));
      expectError(answer, { status: 422, message: /no_such_member/ });
    });
  });

  describe('nesting', () => {
    /** `around` levels are the request's own. */
    const values = (around: number) => [nested(100 - around), nested(101 - around)] as const;

    it('may be 100 deep on v2, and not 101', async () => {
      const [most, tooMuch] = values(3).map(value => `{"records":[{"value":${value}}]}`);
      acknowledged(await client.send('POST', `/topics/${topic}`, { body: most ?? '', type: mediaType.json }));
      const options = { body: tooMuch ?? '', type: mediaType.json };
      const answer = await storingNothing(client, topic, () => client.send('POST', `/topics/${topic}`, options));
      expectError(answer, { ...notJson, message: /100/ });
    });

    it('may be 100 deep on v3, and not 101', async () => {
      const [most, tooMuch] = values(2).map(data => `{"value":{"type":"JSON","data":${data}}}`);
      const post = (body = '') => client.send('POST', recordsPath(topic), { body, type: 'application/json' });
      expect(reportsOf(await post(most)).map(({ error_code }) => error_code)).toEqual([200]);
      expectRecordsRefused(await storingNothing(client, topic, () => post(tooMuch)), /100/);
    });

    it('counts brackets outside of texts only', async () => {
      const records = [{ value: '['.repeat(1_000) }, { value: '\\"{[' }];
      acknowledged(await client.post(`/topics/${topic}`, { records }, mediaType.json));
    });
  });

  describe('v2 records', () => {
    it.each([
      ['no records', {}],
      ['an empty list of records', { records: [] }],
      ['records that are no list', { records: { value: 1 } }],
      ['a record that is no object', { records: ['v'] }],
      ['a record that is null', { records: [null] }],
      ['a negative partition', { records: [{ value: 1, partition: -1 }] }],
      ['an unknown partition', { records: [{ value: 1, partition: 2 }] }],
      ['half a partition', { records: [{ value: 1, partition: 0.5 }] }],
      ['a partition that is no number', { records: [{ value: 1, partition: 'zero' }] }],
      ['headers that are no list', { records: [{ value: 1, headers: { a: 'YQ==' } }] }],
      ['a header without a key', { records: [{ value: 1, headers: [{ value: 'YQ==' }] }] }],
      ['a header whose key is a number', { records: [{ value: 1, headers: [{ key: 1, value: 'YQ==' }] }] }],
      ['a header that is not base64', { records: [{ value: 1, headers: [{ key: 'h', value: '!!!!' }] }] }],
    ])('are refused with %s', async (_why, body) => {
      const answer = await storingNothing(client, topic, () => client.post(`/topics/${topic}`, body, mediaType.json));
      expectRecordsRefused(answer);
    });

    it.each(['!!!!', 'a', 'YWJjZ', 'YQ=a', '=', '====', 'YQ==YQ==', 'Y*==', 'é', 5, {}, true])(
      'are refused in binary with the value %j',
      async value => {
        for (const record of [{ value }, { key: value, value: 'YQ==' }]) {
          const body = { records: [{ value: 'YQ==' }, record] };
          const answer = await storingNothing(client, topic, () =>
            client.post(`/topics/${topic}`, body, mediaType.binary),
          );
          expectError(answer, misfit);
        }
      },
    );
  });
}
