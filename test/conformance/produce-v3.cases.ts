/** v3 produce: concatenated JSON objects in, one report each out. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type Client, mediaType } from './client.ts';
import { base64, postV3, produceV3, type RecordV3, recordsPath, reportsOf, stringOf } from './support/produce.ts';
import { endOffset, read, readTexts } from './support/read.ts';

export function produceV3Cases(client: Client): void {
  let topic: string;

  beforeAll(async () => {
    topic = await client.createTopic({ partitions: 3 });
  });

  /** Produces to one partition and reads back what is there. */
  const stored = async (partition_id: number, ...records: RecordV3[]) => {
    const [first] = await produceV3(client, topic, ...records.map(record => ({ ...record, partition_id })));
    const offset = first?.offset ?? 0;
    return read(client, topic, { partition: partition_id, offset, accept: mediaType.binary });
  };

  describe('v3 produce', () => {
    it('answers one report, to the last field', async () => {
      const record = {
        partition_id: 1,
        headers: [{ name: 'h', value: base64('x') }],
        key: { type: 'BINARY', data: base64('key') },
        value: { type: 'JSON', data: { a: 1 } },
        timestamp: '2021-02-05T19:14:42Z',
      };
      const answer = await client.post(recordsPath(topic), record);
      expect(answer.status, answer.text).toBe(200);
      expect(answer.type).toBe('application/json');
      const [report] = reportsOf(answer);
      expect(report).toEqual({
        error_code: 200,
        cluster_id: await client.clusterId(),
        topic_name: topic,
        partition_id: 1,
        offset: 0,
        timestamp: expect.any(String),
        key: { type: 'BINARY', size: 3 },
        value: { type: 'JSON', size: 7 },
      });
      const { timestamp } = report as { timestamp: string };
      expect(Date.parse(timestamp)).toBe(Date.parse(record.timestamp));
    });

    it.each([
      ['BINARY', base64('\u0000ÿ"'), '\u0000ÿ"'],
      ['BINARY', '', ''],
      ['STRING', 'Grüße 🚀', 'Grüße 🚀'],
      ['STRING', '', ''],
      ['JSON', 'text', '"text"'],
      ['JSON', { a: [1, null] }, '{"a":[1,null]}'],
      ['JSON', 0, '0'],
      ['JSON', false, 'false'],
    ])('stores %s %j as its bytes, and tells their number', async (type, data, text) => {
      const [report] = await produceV3(client, topic, { partition_id: 0, value: { type, data } });
      expect(report?.value).toEqual({ type, size: Buffer.byteLength(text) });
      expect(await readTexts(client, topic, { offset: report?.offset ?? 0 })).toEqual([text]);
    });

    it('stores what is left out or null as null', async () => {
      const records: RecordV3[] = [
        {},
        { key: null, value: null },
        { key: { type: 'JSON', data: null }, value: { type: 'STRING', data: null } },
        { key: { type: 'BINARY' }, value: { type: 'JSON' } },
        { value: { type: 'BINARY', data: null } },
      ];
      const nulls = (await stored(2, ...records)).map(({ key, value }) => [key, value]);
      expect(nulls).toEqual(records.map(() => [null, null]));
    });

    it('keeps a number of a JSON value exactly', async () => {
      const body = '{"partition_id":0,"value":{"type":"JSON","data":{"n":12345678901234567890.10}}}';
      const [report] = reportsOf(await client.send('POST', recordsPath(topic), { body, type: 'application/json' }));
      const { offset } = report as { offset: number };
      expect(await readTexts(client, topic, { offset })).toEqual(['{"n":12345678901234567890.10}']);
    });

    it('keeps headers and timestamps', async () => {
      const headers = [
        { name: 'a', value: base64('1') },
        { name: 'a', value: base64('2') },
        { name: 'none', value: null },
        { name: 'ü', value: '' },
      ];
      const timestamp = '2021-02-05T19:14:42.123Z';
      const [record] = await stored(1, { headers, timestamp, value: stringOf('v') });
      expect(record?.timestamp).toBe(Date.parse(timestamp));
      expect(record?.headers).toEqual(headers.map(({ name, value }) => ({ key: name, value })));
    });

    it('gives the time of its arrival to a record without one', async () => {
      const [report] = await produceV3(client, topic, { value: stringOf('now') });
      expect(Math.abs(Date.parse(report?.timestamp ?? '') - Date.now())).toBeLessThan(60_000);
    });

    it.each([
      ['nothing', ''],
      ['a line feed', '\n'],
      ['spaces and lines', ' \r\n\t\n '],
    ])('takes objects with %s between them', async (_between, separator) => {
      const one = await client.createTopic();
      const values = ['a', '}{', '"\\"{', '4'];
      const body = values.map(value => JSON.stringify({ value: stringOf(value) })).join(separator);
      const answer = await client.send('POST', recordsPath(one), {
        body: `${separator}${body}${separator}`,
        type: 'application/json',
      });
      expect(reportsOf(answer).map(report => (report as { offset: number }).offset)).toEqual([0, 1, 2, 3]);
      expect(await readTexts(client, one)).toEqual(values);
    });

    it('takes an object written over several lines', async () => {
      const body = JSON.stringify({ partition_id: 0, value: stringOf('pretty') }, null, 2);
      const reports = reportsOf(await client.send('POST', recordsPath(topic), { body, type: 'application/json' }));
      expect(reports.map(({ error_code }) => error_code)).toEqual([200]);
    });

    it('reports in the order sent, also across partitions', async () => {
      const partitions = Array.from({ length: 60 }, (_, index) => (index * 7) % 3);
      const records = partitions.map(partition_id => ({ partition_id, value: stringOf('v') }));
      const reports = await produceV3(client, topic, ...records);
      expect(reports.map(({ partition_id }) => partition_id)).toEqual(partitions);
      for (const partition of [0, 1, 2]) {
        const offsets = reports.filter(({ partition_id }) => partition_id === partition).map(({ offset }) => offset);
        expect(offsets).toEqual(offsets.map((_, index) => (offsets[0] ?? 0) + index));
      }
    });

    it('reports one bad record among good ones, and stores the others', async () => {
      const first = await endOffset(client, topic);
      const good = { partition_id: 0, value: stringOf('good') };
      for (const bad of [
        { partition_id: 0, value: { type: 'BINARY', data: '!!!!' } },
        { partition_id: 0, value: { type: 'AVRO', data: 'x' } },
        { partition_id: 0, value: stringOf('late'), timestamp: 'yesterday' },
      ]) {
        const reports = reportsOf(await postV3(client, topic, [good, bad, good]));
        expect(reports.map(({ error_code }) => error_code === 200)).toEqual([true, false, true]);
      }
      const texts = await readTexts(client, topic, { offset: first });
      expect(texts).toEqual(Array.from({ length: 6 }, () => 'good'));
    });
  });
}
