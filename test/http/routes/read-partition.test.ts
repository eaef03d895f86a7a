import { describe, expect, it } from 'vitest';
import { mediaType } from '../../../lib/http/media-type.ts';
import { limits } from '../../../lib/protocol/limits.ts';
import { encodeBatch } from '../../../lib/record/encode-batch.ts';
import { accept, acceptJson, errorOf, jsonOf, sendBinary, sendJson, sendRaw, testApp } from '../support.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** Produces values, JSON or not, as one batch. */
async function withValues(...values: readonly string[]) {
  const test = await testApp();
  await test.topic('t');
  const records = values.map(value => ({ value: base64(value) }));
  await test.app.request('/topics/t', sendBinary({ records }));
  return test;
}

/** A batch of one record, as large as this. */
function batchOfSize(bytes: number): Uint8Array {
  const of = (valueBytes: number) =>
    encodeBatch({
      records: [{ timestamp: 0, key: null, value: Buffer.alloc(valueBytes), headers: [] }],
      codec: 'none',
    });
  return of(bytes - (of(bytes).byteLength - bytes));
}

const offsetsOf = async (response: Promise<Response>): Promise<number[]> =>
  (await jsonOf(response)).map((record: { offset: number }) => record.offset);

describe('reading a partition', () => {
  it('answers records as base64 unless asked for JSON', async () => {
    const { read } = await withValues('1.0');
    for (const type of [
      '*/*',
      'application/vnd.kafka.binary.v2+json',
      'application/vnd.kafka.v2+json',
      'application/json',
    ]) {
      const response = await read('t', 0, accept(type));
      const sentAs = type === '*/*' ? 'application/vnd.kafka.binary.v2+json' : type;
      expect(response.headers.get('Content-Type')).toBe(sentAs);
      expect(await response.text()).toContain(`"value":"${base64('1.0')}"`);
    }
    expect(await (await read('t', 0, acceptJson)).text()).toContain('"value":1.0,');
  });

  it('answers no earlier record than asked for', async () => {
    const { read } = await withValues('0', '1', '2');
    expect(await offsetsOf(read('t', 1))).toEqual([1, 2]);
  });

  it('says where the log begins and ends, and where to go on', async () => {
    const { read } = await withValues('0', '1', '2');
    const { headers } = await read('t', 1, {}, 1);
    expect(headers.get('Millrace-Log-Start-Offset')).toBe('0');
    expect(headers.get('Millrace-High-Watermark')).toBe('3');
    expect(headers.get('Millrace-Next-Offset')).toBe('2');
    expect((await read('t', 1)).headers.get('Millrace-Next-Offset')).toBe('3');
  });

  it.each([
    [1, [0]],
    [9, [0]],
    [10, [0, 1]],
    [11, [0, 1]],
  ])('answers keys and values of %i bytes at most, but one record at least', async (maxBytes, offsets) => {
    const { read } = await withValues('"aaa"', '"bbb"', '"ccc"');
    expect(await offsetsOf(read('t', 0, {}, maxBytes))).toEqual(offsets);
  });

  it('cuts the answer between records at its limit', async () => {
    const value = `"${'x'.repeat(1_000_000)}"`;
    const { app, read } = await withValues(value);
    for (let more = 0; more < 4; more++) {
      await app.request('/topics/t', sendBinary({ records: [{ value: base64(value) }] }));
    }
    const response = await read('t', 0, acceptJson, limits.fetchBytes);
    const body = await response.text();
    expect(body.length).toBeLessThanOrEqual(limits.answerBytes);
    expect(JSON.parse(body)).toHaveLength(4);
    expect(response.headers.get('Millrace-Next-Offset')).toBe('4');
  });

  it.each([
    [limits.answerBytes - 1, 2],
    [limits.answerBytes, 2],
    [limits.answerBytes + 1, 1],
  ])('of two raw batches that have %i bytes together answers %i', async (bytes, answered) => {
    const { app, topic, read } = await testApp();
    await topic('t', 1, { 'max.message.bytes': String(limits.bodyBytes) });
    const half = limits.answerBytes / 2;
    for (const size of [half, bytes - half]) {
      await app.request('/topics/t/partitions/0', sendRaw(batchOfSize(size)));
    }
    const response = await read('t', 0, accept(mediaType.recordBatch), limits.fetchBytes);
    expect((await response.arrayBuffer()).byteLength).toBe(answered === 2 ? bytes : half);
    expect(response.headers.get('Millrace-Next-Offset')).toBe(String(answered));
  });

  it('answers a few records of a batch that holds very many', async () => {
    const { app, topic, read } = await testApp();
    await topic('t');
    const record = { timestamp: 1, key: null, value: Buffer.alloc(1024), headers: [] };
    const bomb = encodeBatch({ records: Array.from({ length: 15_000 }, () => record), codec: 'zstd' });
    expect(bomb.byteLength).toBeLessThan(100_000);
    await app.request('/topics/t/partitions/0', sendRaw(bomb));
    const response = await read('t', 7, {}, 2_048);
    expect((await jsonOf(response)).length).toBe(2);
    expect(response.headers.get('Millrace-Next-Offset')).toBe('9');
  });

  it.each(['offset=0&timeout=0', 'timeout=0&max_bytes=1', 'offset=0&max_bytes=1'])(
    'needs offset, timeout and max_bytes: %s',
    async query => {
      const { app } = await withValues('0');
      expect(await errorOf(app.request(`/topics/t/partitions/0/records?${query}`))).toMatchObject({ status: 400 });
    },
  );

  it.each([
    [`offset=${limits.offset}&timeout=0&max_bytes=1`, 416],
    [`offset=${limits.offset + 1}&timeout=0&max_bytes=1`, 400],
    ['offset=-1&timeout=0&max_bytes=1', 400],
    ['offset=1e0&timeout=0&max_bytes=1', 400],
    ['offset=&timeout=0&max_bytes=1', 400],
    [`offset=0&timeout=${limits.fetchWaitMs}&max_bytes=1`, 200],
    [`offset=0&timeout=${limits.fetchWaitMs + 1}&max_bytes=1`, 400],
    ['offset=0&timeout=0&max_bytes=0', 400],
    [`offset=0&timeout=0&max_bytes=${limits.fetchBytes}`, 200],
    [`offset=0&timeout=0&max_bytes=${limits.fetchBytes + 1}`, 400],
    ['offset=2&timeout=0&max_bytes=1', 416],
  ])('with %s is %i', async (query, status) => {
    const { app } = await withValues('0');
    expect((await app.request(`/topics/t/partitions/0/records?${query}`)).status).toBe(status);
  });

  it('of a topic, partition or offset that is not there is told by its code', async () => {
    const { app, read } = await withValues('0');
    expect(await errorOf(read('u'))).toMatchObject({ status: 404, error_code: 40401 });
    const other = app.request('/topics/t/partitions/1/records?offset=0&timeout=0&max_bytes=1');
    expect(await errorOf(other)).toMatchObject({ status: 404, error_code: 40402 });
    expect(await errorOf(read('t', 9))).toMatchObject({ status: 416, error_code: 41601 });
  });

  it.each(['avro', 'jsonschema', 'protobuf'])('cannot be in %s', async format => {
    const { read } = await withValues('0');
    const wanted = accept(`application/vnd.kafka.${format}.v2+json`);
    expect(await errorOf(read('t', 0, wanted))).toMatchObject({ status: 406, error_code: 406 });
  });

  it('waits at the end of the log until a record comes', async () => {
    const { app, stores } = await withValues('0');
    const waiting = app.request('/topics/t/partitions/0/records?offset=1&timeout=20000&max_bytes=100');
    const drive = setInterval(() => void stores.clock.advance(1), 1);
    await new Promise(resolve => setTimeout(resolve, 20));
    await app.request('/topics/t', sendJson({ records: [{ value: 1 }] }));
    expect(await offsetsOf(Promise.resolve(waiting))).toEqual([1]);
    clearInterval(drive);
  });
});

describe('reading as JSON what is not', () => {
  it('stops before it, so that it is the first of the next read', async () => {
    const { read } = await withValues('0', '1', 'not JSON', '3');
    const response = await read('t', 0, acceptJson);
    expect(response.headers.get('Millrace-Next-Offset')).toBe('2');
    expect(await offsetsOf(Promise.resolve(response))).toEqual([0, 1]);
    expect(await errorOf(read('t', 2, acceptJson))).toEqual({
      status: 422,
      error_code: 42203,
      message: 'value deserialization error for format json: t-0 at offset 2',
    });
    expect(await offsetsOf(read('t', 3, acceptJson))).toEqual([3]);
    expect(await offsetsOf(read('t', 0))).toEqual([0, 1, 2, 3]);
  });

  it('tells of a key as well', async () => {
    const { app, topic, read } = await testApp();
    await topic('t');
    await app.request('/topics/t', sendBinary({ records: [{ key: base64('k'), value: base64('1') }] }));
    expect(await errorOf(read('t', 0, acceptJson))).toMatchObject({
      message: 'key deserialization error for format json: t-0 at offset 0',
    });
  });

  it.each([
    ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['nothing', Buffer.of()],
    ['a byte order mark', Buffer.from('\ufeff1')],
    ['two values', Buffer.from('1 2')],
    ['brackets without an end to them', Buffer.from('['.repeat(500_000) + ']'.repeat(500_000))],
  ])('is refused: %s', async (_what, bytes) => {
    const { app, topic, read } = await testApp();
    await topic('t');
    await app.request('/topics/t', sendBinary({ records: [{ value: bytes.toString('base64') }] }));
    expect(await errorOf(read('t', 0, acceptJson))).toMatchObject({ status: 422, error_code: 42203 });
  });
});
