/** v2 produce: json and binary, to a topic and to a partition. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type Client, mediaType } from './client.ts';
import { acknowledged, base64, postV2, produceV2, valuesOf } from './support/produce.ts';
import { endOffset, read, readPage, readTexts } from './support/read.ts';
import { expectError } from './support/refusals.ts';

export function produceV2Cases(client: Client): void {
  let topic: string;

  beforeAll(async () => {
    topic = await client.createTopic({ partitions: 6 });
  });

  describe('v2 produce', () => {
    it('answers where each record is, and nothing else', async () => {
      const answer = await postV2(client, `/topics/${topic}/partitions/2`, valuesOf({ n: 1 }, { n: 2 }));
      expect(answer.status).toBe(200);
      expect(answer.type).toBe(mediaType.v2);
      expect(answer.json).toEqual({
        offsets: [
          { partition: 2, offset: 0, error_code: null, error: null },
          { partition: 2, offset: 1, error_code: null, error: null },
        ],
        key_schema_id: null,
        value_schema_id: null,
      });
    });

    it('stores JSON as its text', async () => {
      const one = await client.createTopic();
      const values = [{ a: [1, { b: null }] }, 'text', 7, true, false, [], {}, 'Grüße, 世界 🚀', '\u0000\n"\\'];
      await produceV2(client, `/topics/${one}`, valuesOf(...values));
      expect(await readTexts(client, one)).toEqual(values.map(value => JSON.stringify(value)));
      expect((await read(client, one)).map(({ value }) => value)).toEqual(values);
    });

    it.each(['12345678901234567890', '0.1000000000000000055511151231257827', '-9007199254740993', '123e-400', '1e400'])(
      'keeps the number %s exactly',
      async number => {
        const body = `{"records":[{"key":${number},"value":{"n":${number}}}]}`;
        const answer = await client.send('POST', `/topics/${topic}`, { body, type: mediaType.json });
        const [at = expect.fail('nothing is acknowledged')] = acknowledged(answer);
        expect(await readTexts(client, topic, at)).toEqual([`{"n":${number}}`]);
        const json = await readPage(client, topic, at);
        expect(json.text).toContain(`"n":${number}}`);
        expect(json.text).toContain(`"key":${number},`);
      },
    );

    it('keeps what looks like a prototype', async () => {
      const value = '{"__proto__":{"a":1},"constructor":{"prototype":2}}';
      const body = `{"records":[{"value":${value}}]}`;
      const answer = await client.send('POST', `/topics/${topic}`, { body, type: mediaType.json });
      const [at = expect.fail('nothing is acknowledged')] = acknowledged(answer);
      expect(await readTexts(client, topic, at)).toEqual([value]);
    });

    it('takes application/json for json', async () => {
      const answer = await client.post(`/topics/${topic}/partitions/0`, { records: [{ value: 'plain' }] });
      const [at = expect.fail('nothing is acknowledged')] = acknowledged(answer);
      expect(await readTexts(client, topic, at)).toEqual(['"plain"']);
    });

    it('takes binary as base64', async () => {
      const bytes = Buffer.from([0, 255, 10, 34, 128, 195, 40]);
      const records = [{ key: base64('k'), value: bytes.toString('base64') }, { value: '' }];
      const answer = await client.post(`/topics/${topic}/partitions/3`, { records }, mediaType.binary);
      const [at = expect.fail('nothing is acknowledged')] = acknowledged(answer);
      const stored = await read(client, topic, { ...at, accept: mediaType.binary });
      expect(stored.map(({ key, value }) => ({ key, value }))).toEqual([
        { key: base64('k'), value: bytes.toString('base64') },
        { key: null, value: '' },
      ]);
    });

    it.each([mediaType.json, mediaType.binary])('stores null keys and values as null: %s', async type => {
      const records = [{ key: null, value: null }, { value: null }, {}];
      const answer = await client.post(`/topics/${topic}/partitions/4`, { records }, type);
      const [at = expect.fail('nothing is acknowledged')] = acknowledged(answer);
      for (const accept of [mediaType.json, mediaType.binary]) {
        const stored = await read(client, topic, { ...at, accept });
        expect(stored.map(({ key, value }) => [key, value])).toEqual(records.map(() => [null, null]));
      }
    });

    it('keeps headers and timestamps, and gives them back', async () => {
      const headers = [
        { key: 'trace', value: base64('abc') },
        { key: 'trace', value: base64('again') },
        { key: 'ä🚀', value: '' },
        { key: 'none', value: null },
      ];
      const sent = [
        { value: 1, headers, timestamp: 1_600_000_000_123 },
        { value: 2, timestamp: 0 },
      ];
      const [at] = await produceV2(client, `/topics/${topic}/partitions/5`, sent);
      const stored = await read(client, topic, { ...at });
      expect(stored.map(record => [record.timestamp, record.headers])).toEqual([
        [1_600_000_000_123, headers],
        [0, []],
      ]);
    });

    it('gives the time of its arrival to a record without one', async () => {
      const [at] = await produceV2(client, `/topics/${topic}`, valuesOf('now'));
      const [stored] = await read(client, topic, { ...at });
      expect(Math.abs((stored?.timestamp ?? 0) - Date.now())).toBeLessThan(60_000);
    });

    it('goes to the partition that a record names', async () => {
      const records = [3, 1, 3, 5].map(partition => ({ key: 'the same', value: partition, partition }));
      const stored = await produceV2(client, `/topics/${topic}`, records);
      expect(stored.map(({ partition }) => partition)).toEqual([3, 1, 3, 5]);
      expect(stored[2]?.offset).toBe((stored[0]?.offset ?? 0) + 1);
    });

    it('keeps records without a key together', async () => {
      const values = Array.from({ length: 50 }, (_, index) => index);
      const stored = await produceV2(client, `/topics/${topic}`, valuesOf(...values));
      expect(new Set(stored.map(({ partition }) => partition)).size).toBe(1);
      const first = stored[0]?.offset ?? 0;
      expect(stored.map(({ offset }) => offset)).toEqual(values.map(index => first + index));
    });

    it('grows offsets by one a record, request after request', async () => {
      const one = await client.createTopic();
      for (const first of [0, 3, 6]) {
        const stored = await produceV2(client, `/topics/${one}`, valuesOf('a', 'b', 'c'));
        expect(stored.map(({ offset }) => offset)).toEqual([first, first + 1, first + 2]);
      }
      expect(await endOffset(client, one)).toBe(9);
    });

    it('answers 404 with 40401 for an unknown topic, and makes none', async () => {
      const unknown = client.newName();
      for (const path of [`/topics/${unknown}`, `/topics/${unknown}/partitions/0`]) {
        expectError(await postV2(client, path, valuesOf(1)), { status: 404, code: 40401 });
      }
      expectError(await client.get(`/topics/${unknown}`), { status: 404, code: 40401 });
    });

    it('answers 404 with 40402 for an unknown partition in the path', async () => {
      expectError(await postV2(client, `/topics/${topic}/partitions/6`, valuesOf(1)), { status: 404, code: 40402 });
    });
  });
}
