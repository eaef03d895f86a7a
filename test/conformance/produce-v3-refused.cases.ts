/** v3 produce refuses: by the request's own error or by the report of the record, both of which are published. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Client } from './client.ts';
import { postV3, recordsPath, reportsOf, stringOf } from './support/produce.ts';
import { endOffset, storingNothing } from './support/read.ts';
import { expectError, expectRecordsRefused } from './support/refusals.ts';

const value = stringOf('v');

/** Partitions 0 and 1 are there. */
const badRecords: [why: string, record: unknown][] = [
  ['a negative partition', { partition_id: -1, value }],
  ['an unknown partition', { partition_id: 2, value }],
  ['half a partition', { partition_id: 0.5, value }],
  ['a partition that is no number', { partition_id: 'zero', value }],
  ['base64 that is none', { value: { type: 'BINARY', data: '!!!!' } }],
  ['base64 cut short', { value: { type: 'BINARY', data: 'YWJjZ' } }],
  ['bytes that are no text', { value: { type: 'BINARY', data: 5 } }],
  ['a key that is wrong', { key: { type: 'BINARY', data: '@@' }, value }],
  ['text that is none', { value: { type: 'STRING', data: 5 } }],
  ['a format that needs a schema', { value: { type: 'AVRO', data: 'x' } }],
  ['an unknown format', { value: { type: 'XML', data: '<x/>' } }],
  ['data without a format', { value: { data: 'x' } }],
  ['a value that is no object', { value: 'v' }],
  ['headers that are no list', { headers: { a: 'b' }, value }],
  ['a header without a name', { headers: [{ value: 'YQ==' }], value }],
  ['a header that is not base64', { headers: [{ name: 'a', value: '!!!!' }], value }],
  ['a timestamp that is none', { timestamp: 'yesterday', value }],
  ['a timestamp in milliseconds', { timestamp: 1_600_000_000_000, value }],
  ['a day that is not in the calendar', { timestamp: '2021-02-30T00:00:00Z', value }],
  ['a timestamp before 1970', { timestamp: '1969-12-31T23:59:59.999Z', value }],
  ['a timestamp beyond all', { timestamp: '+300000-01-01T00:00:00Z', value }],
  ['a list', []],
  ['a text', 'v'],
  ['a number', 7],
  ['null', null],
];

export function refusedProduceV3Cases(client: Client): void {
  let topic: string;

  beforeAll(async () => {
    topic = await client.createTopic({ partitions: 2 });
  });

  const post = (body: string) => client.send('POST', recordsPath(topic), { body, type: 'application/json' });

  describe('v3 produce refuses', () => {
    it.each(badRecords)('%s', async (_why, record) => {
      const answer = await storingNothing(client, topic, () => post(JSON.stringify(record)));
      expectRecordsRefused(answer);
    });

    it.each(['', ' \n\t '])('a body without a record: %j', async body => {
      expectError(await storingNothing(client, topic, () => post(body)), { status: 422 });
    });

    it.each(['{', '{"value":', '{"value":{"type":"STRING","data":"v"}', '}', '{]', 'nonsense', '{"a":NaN}', "{'a':1}"])(
      'what is not JSON: %s',
      async body => {
        expectRecordsRefused(await storingNothing(client, topic, () => post(body)));
      },
    );

    it('bytes that are not UTF-8', async () => {
      const body = Buffer.concat([
        Buffer.from('{"value":{"type":"STRING","data":"'),
        Buffer.of(0xff, 0xfe),
        Buffer.from('"}}'),
      ]);
      const answer = await storingNothing(client, topic, () =>
        client.send('POST', recordsPath(topic), { body, type: 'application/json' }),
      );
      expectRecordsRefused(answer);
    });

    it('what breaks off, once it has stored and reported what came before', async () => {
      const before = await endOffset(client, topic);
      const good = JSON.stringify({ partition_id: 0, value });
      for (const [index, end] of ['{"partition_id":0,', 'nonsense', '}'].entries()) {
        const reports = reportsOf(await post(`${good}${good}${end}`));
        expect(reports.map(({ error_code }) => error_code)).toEqual([200, 200, 400]);
        expect(await endOffset(client, topic)).toBe(before + 2 * (index + 1));
      }
    });

    it('a negative partition with 40402', async () => {
      const answer = await postV3(client, topic, [{ partition_id: -1, value }]);
      const { error_code } =
        answer.status === 200
          ? (reportsOf(answer)[0] ?? expect.fail('no report'))
          : expectError(answer, { status: 404 });
      expect(error_code).toBe(40402);
    });
  });
}
