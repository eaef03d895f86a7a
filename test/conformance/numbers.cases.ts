/** Integers in paths and queries are strictly decimal. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type Client, mediaType } from './client.ts';
import { produceV2, valuesOf } from './support/produce.ts';
import { batchOf } from './support/raw.ts';
import { storingNothing } from './support/read.ts';
import { expectError } from './support/refusals.ts';

/** As they stand in a URL. Each would be 0 or 1 to a lenient reader, or is beyond every integer. */
const bad = [
  '-1',
  '+1',
  '%2B1',
  '-0',
  '1.0',
  '1.',
  '.0',
  '0x1',
  '0b1',
  '0o1',
  '1e0',
  '%201',
  '1%20',
  '%091',
  '%EF%BC%91', // a full-width 1
  '%D9%A1', // an Arabic 1
  '1_0',
  '1,0',
  '1n',
  'one',
  'NaN',
  'Infinity',
  'null',
  '99999999999999999999',
];

export function numberCases(client: Client): void {
  let topic: string;

  beforeAll(async () => {
    topic = await client.createTopic({ partitions: 2 });
    await produceV2(client, `/topics/${topic}/partitions/0`, valuesOf(0, 1, 2));
    await produceV2(client, `/topics/${topic}/partitions/1`, valuesOf(0, 1, 2));
  });

  describe.each(bad)('%s', number => {
    it('is no partition, wherever a partition stands', async () => {
      for (const path of [
        `/topics/${topic}/partitions/${number}`,
        `/topics/${topic}/partitions/${number}/offsets`,
        `/topics/${topic}/partitions/${number}/records?offset=0&timeout=0&max_bytes=1000`,
        `…/topics/${topic}/partitions/${number}`,
        `…/topics/${topic}/partitions/${number}/offset?offset_type=latest`,
      ]) {
        expectError(await client.get(path), { status: [400, 404, 422] });
      }
    });

    it('is no partition to produce to', async () => {
      const path = `/topics/${topic}/partitions/${number}`;
      const json = { json: { records: [{ value: 1 }] }, type: mediaType.json };
      const raw = { body: batchOf(['a']), type: mediaType.batch };
      for (const options of [json, raw]) {
        const answer = await storingNothing(client, topic, () => client.send('POST', path, options));
        expectError(answer, { status: [400, 404, 422] });
      }
    });

    it('is no offset, timeout or size', async () => {
      for (const name of ['offset', 'timeout', 'max_bytes']) {
        const good = { offset: '0', timeout: '0', max_bytes: '1000' };
        const query = Object.entries({ ...good, [name]: number }).map(([key, value]) => `${key}=${value}`);
        const answer = await client.get(`/topics/${topic}/partitions/0/records?${query.join('&')}`);
        expectError(answer, { status: [400, 422], message: new RegExp(name) });
      }
    });
  });

  describe('the timeout of a read', () => {
    it('is at most 25,000 ms', async () => {
      const path = `/topics/${topic}/partitions/0/records?offset=0&max_bytes=1000&timeout=`;
      expect((await client.get(`${path}25000`)).status).toBe(200);
      expectError(await client.get(`${path}25001`), { status: [400, 422], message: /timeout.*25,?000/ });
    });
  });
}
