import { describe, expect, it } from 'vitest';
import { limits } from '../../../lib/protocol/limits.ts';
import { encodeBatch } from '../../../lib/record/encode-batch.ts';
import { acceptJson, errorOf, jsonOf, send, sendBinary, sendJson, sendRaw, testApp } from '../support.ts';

type Asked = readonly { readonly partition: number; readonly fetch_offset: number }[];

const fetchOf = (partitions: Asked, more: object = {}, topic = 't') =>
  send({ max_wait_ms: 0, ...more, topics: [{ topic, partitions }] });

const from0 = (count: number): Asked =>
  Array.from({ length: count }, (_, partition) => ({ partition, fetch_offset: 0 }));

describe('fetching many partitions', () => {
  it('answers each in its place', async () => {
    const { app, v3, topic } = await testApp();
    await topic('t', 2);
    const records = [
      { value: 1, partition: 1, timestamp: 5, headers: [{ key: 'h', value: 'YQ==' }] },
      { value: 2, partition: 1 },
    ];
    await app.request('/topics/t', sendJson({ records }));
    const asked = [
      { partition: 1, fetch_offset: 1 },
      { partition: 0, fetch_offset: 0 },
      { partition: 1, fetch_offset: 0 },
    ];
    const init = { ...fetchOf(asked), headers: { ...acceptJson.headers, 'Content-Type': 'application/json' } };
    const record0 = { offset: 0, timestamp: 5, key: null, value: 1, headers: [{ key: 'h', value: 'YQ==' }] };
    const record1 = { offset: 1, timestamp: 1_700_000_000_000, key: null, value: 2, headers: [] };
    const full = { error_code: 0, high_watermark: 2, log_start_offset: 0, next_offset: 2 };
    expect(await jsonOf(app.request(`${v3}/records:fetch`, init))).toEqual({
      topics: [
        {
          topic: 't',
          partitions: [
            { partition: 1, ...full, records: [record1] },
            { partition: 0, ...full, high_watermark: 0, next_offset: 0, records: [] },
            { partition: 1, ...full, records: [record0, record1] },
          ],
        },
      ],
    });
  });

  it('answers base64 as JSON unless asked otherwise', async () => {
    const { app, v3, topic } = await testApp();
    await topic('t');
    await app.request('/topics/t', sendJson({ records: [{ value: 1 }] }));
    const response = await app.request(`${v3}/records:fetch`, fetchOf(from0(1)));
    expect(response.headers.get('Content-Type')).toBe('application/json');
    expect((await jsonOf(response)).topics[0].partitions[0].records[0].value).toBe('MQ==');
  });

  it('tells the error of one partition beside the records of another', async () => {
    const { app, v3, topic } = await testApp();
    await topic('t');
    await app.request('/topics/t', sendJson({ records: [{ value: 1 }] }));
    const topics = [
      {
        topic: 't',
        partitions: [
          { partition: 0, fetch_offset: 0 },
          { partition: 0, fetch_offset: 2 },
          { partition: 0, fetch_offset: -1 },
          { partition: 1, fetch_offset: 0 },
          { partition: -1, fetch_offset: 0 },
        ],
      },
      { topic: 'u', partitions: from0(1) },
      { topic: '../"', partitions: from0(1) },
      { topic: '__proto__', partitions: from0(1) },
    ];
    const answer = await jsonOf(app.request(`${v3}/records:fetch`, send({ topics })));
    const codes = answer.topics.map((each: { topic: string; partitions: { error_code: number }[] }) => [
      each.topic,
      ...each.partitions.map(partition => partition.error_code),
    ]);
    expect(codes).toEqual([
      ['t', 0, 1, 1, 3, 3],
      ['u', 3],
      ['../"', 3],
      ['__proto__', 3],
    ]);
    expect(answer.topics[0].partitions[1]).toMatchObject({
      message: expect.stringContaining('OFFSET_OUT_OF_RANGE'),
      high_watermark: -1,
      next_offset: 2,
      records: [],
    });
  });

  it('tells of a record that is not JSON as its partition’s error', async () => {
    const { app, v3, topic } = await testApp();
    await topic('t', 2);
    const records = [
      { value: 'YQ==', partition: 0 },
      { value: 'MQ==', partition: 1 },
    ];
    await app.request('/topics/t', sendBinary({ records }));
    const init = { ...fetchOf(from0(2)), headers: { ...acceptJson.headers, 'Content-Type': 'application/json' } };
    const [first, second] = (await jsonOf(app.request(`${v3}/records:fetch`, init))).topics[0].partitions;
    expect(first).toMatchObject({
      error_code: 87,
      message: 'value deserialization error for format json: t-0 at offset 0',
      high_watermark: 1,
      records: [],
    });
    expect(second).toMatchObject({ error_code: 0, records: [{ value: 1 }] });
  });

  it('shares max_bytes among partitions, and answers one record at least', async () => {
    const { app, v3, topic } = await testApp();
    await topic('t', 2);
    const value = 'x'.repeat(98);
    const records = [0, 0, 1, 1].map(partition => ({ value, partition }));
    await app.request('/topics/t', sendJson({ records }));
    const counts = async (max_bytes: number, more: object = {}) => {
      const asked = from0(2).map(each => ({ ...each, ...more }));
      const answer = await jsonOf(app.request(`${v3}/records:fetch`, fetchOf(asked, { max_bytes })));
      return answer.topics[0].partitions.map((each: { records: unknown[] }) => each.records.length);
    };
    expect(await counts(1)).toEqual([1, 0]);
    expect(await counts(100_000)).toEqual([2, 2]);
    expect(await counts(100_000, { partition_max_bytes: 100 })).toEqual([1, 1]);
    expect(await counts(100_000, { partition_max_bytes: 1 })).toEqual([1, 0]);
  });

  it('stays within its limit, and goes on where it stopped', async () => {
    const { app, v3, topic } = await testApp();
    await topic('t', 8);
    const value = 'x'.repeat(900_000);
    for (let partition = 0; partition < 8; partition++) {
      await app.request('/topics/t', sendJson({ records: [{ value, partition }] }));
    }
    const max_bytes = limits.fetchBytes;
    const response = await app.request(`${v3}/records:fetch`, fetchOf(from0(8), { max_bytes }));
    const body = await response.text();
    expect(body.length).toBeLessThanOrEqual(limits.answerBytes);
    const next = JSON.parse(body).topics[0].partitions.map((each: { next_offset: number }) => each.next_offset);
    expect(next).toEqual([1, 1, 1, 0, 0, 0, 0, 0]);
  });

  it('decompresses no more than a request may', async () => {
    const { app, v3, topic } = await testApp();
    await topic('t', 8);
    const records = Array.from({ length: 15_000 }, () => ({
      timestamp: 1,
      key: null,
      value: Buffer.alloc(1024),
      headers: [],
    }));
    const bomb = encodeBatch({ records, codec: 'zstd' });
    for (let partition = 0; partition < 8; partition++) {
      await app.request(`/topics/t/partitions/${partition}`, sendRaw(bomb));
    }
    const asked = from0(8).map(each => ({ ...each, fetch_offset: 14_999 }));
    const answer = await jsonOf(app.request(`${v3}/records:fetch`, fetchOf(asked)));
    const next = answer.topics[0].partitions.map((each: { next_offset: number }) => each.next_offset);
    expect(next).toEqual([15_000, 15_000, 15_000, 14_999, 14_999, 14_999, 14_999, 14_999]);
  });

  it.each([
    ['no topics', { topics: [] }],
    ['no partitions', { topics: [{ topic: 't', partitions: [] }] }],
    ['no offset', { topics: [{ topic: 't', partitions: [{ partition: 0 }] }] }],
    ['half an offset', { topics: [{ topic: 't', partitions: [{ partition: 0, fetch_offset: 0.5 }] }] }],
    ['too long a wait', { max_wait_ms: limits.fetchWaitMs + 1, topics: [{ topic: 't', partitions: from0(1) }] }],
    ['no bytes', { max_bytes: 0, topics: [{ topic: 't', partitions: from0(1) }] }],
    ['too many bytes', { max_bytes: limits.fetchBytes + 1, topics: [{ topic: 't', partitions: from0(1) }] }],
    ['too long a name', { topics: [{ topic: 't'.repeat(250), partitions: from0(1) }] }],
    ['an unknown member', { max_bites: 1, topics: [{ topic: 't', partitions: from0(1) }] }],
  ])('refuses %s', async (_what, body) => {
    const { app, v3, topic } = await testApp();
    await topic('t');
    expect(await errorOf(app.request(`${v3}/records:fetch`, send(body)))).toMatchObject({ status: 422 });
  });

  it('takes as many partitions as the limit', async () => {
    const { app, v3, topic } = await testApp();
    await topic('t');
    const asked = (count: number) => fetchOf(Array.from({ length: count }, () => ({ partition: 0, fetch_offset: 0 })));
    for (const count of [limits.partitionsPerFetch - 1, limits.partitionsPerFetch]) {
      expect((await app.request(`${v3}/records:fetch`, asked(count))).status).toBe(200);
    }
    expect(await errorOf(app.request(`${v3}/records:fetch`, asked(limits.partitionsPerFetch + 1)))).toMatchObject({
      status: 422,
      message: `topics: more than ${limits.partitionsPerFetch} partitions in one fetch`,
    });
  });
});
