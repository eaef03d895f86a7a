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
  '00',
  '01',
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
        expectError(await client.get(path), { status: [400, 404] });
      }
    });

    it('is no partition to produce to', async () => {
      const path = `/topics/${topic}/partitions/${number}`;
      const json = { json: { records: [{ value: 1 }] }, type: mediaType.json };
      const raw = { body: batchOf(['a']), type: mediaType.batch };
      await storingNothing(client, topic, async () => {
        for (const options of [json, raw]) {
          expectError(await client.send('POST', path, options), { status: [400, 404] });
        }
      });
    });

    it('is no offset, timeout or size', async () => {
      for (const name of ['offset', 'timeout', 'max_bytes']) {
        const good = { offset: '0', timeout: '0', max_bytes: '1000' };
        const query = Object.entries({ ...good, [name]: number }).map(([key, value]) => `${key}=${value}`);
        const answer = await client.get(`/topics/${topic}/partitions/0/records?${query.join('&')}`);
        expectError(answer, { status: 400, code: 400, message: new RegExp(name) });
      }
    });
  });

  describe('a query', () => {
    const path = () => `/topics/${topic}/partitions/0/records?offset=0`;

    it('may wait 25,000 ms, and not one more', async () => {
      expect((await client.get(`${path()}&max_bytes=1000&timeout=25000`)).status).toBe(200);
      const answer = await client.get(`${path()}&max_bytes=1000&timeout=25001`);
      expectError(answer, { status: 400, code: 400, message: /timeout.*25,?000/ });
    });

    it('may ask for 1 byte to 64 MiB', async () => {
      for (const bytes of [1, 67_108_864]) {
        expect((await client.get(`${path()}&timeout=0&max_bytes=${bytes}`)).status).toBe(200);
      }
      for (const bytes of [0, 67_108_865]) {
        const answer = await client.get(`${path()}&timeout=0&max_bytes=${bytes}`);
        expectError(answer, { status: 400, code: 400, message: /max_bytes.*67,?108,?864/ });
      }
    });

    it('gives each parameter once', async () => {
      const answer = await client.get(`${path()}&timeout=0&max_bytes=1000&offset=1`);
      expectError(answer, { status: 400, code: 400, message: /offset/ });
    });

    it('may have parameters that nobody knows', async () => {
      expect((await client.get(`${path()}&timeout=0&max_bytes=1000&no_such_parameter=x`)).status).toBe(200);
    });
  });
}
