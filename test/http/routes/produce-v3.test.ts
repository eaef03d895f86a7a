import { describe, expect, it } from 'vitest';
import { limits } from '../../../lib/protocol/limits.ts';
import { acceptJson, errorOf, jsonOf, send, testApp } from '../support.ts';

async function reportsOf(response: Response | Promise<Response>) {
  const lines = (await (await response).text()).split('\n').filter(Boolean);
  return lines.map(line => JSON.parse(line));
}

const stored = (offset: number, partition = 0) => ({ error_code: 200, partition_id: partition, offset });

describe('producing on v3', () => {
  it('answers a report for each record', async () => {
    const { app, v3, topic } = await testApp();
    await topic('t', 3);
    const key = { type: 'STRING', data: 'abc' };
    const value = { type: 'JSON', data: { a: 1 } };
    const record = { partition_id: 2, key, value, timestamp: '2024-01-02T03:04:05.678+01:00' };
    const response = await app.request(`${v3}/topics/t/records`, send(record));
    expect([response.status, response.headers.get('Content-Type')]).toEqual([200, 'application/json']);
    expect(await response.json()).toEqual({
      error_code: 200,
      cluster_id: v3.split('/').at(-1),
      topic_name: 't',
      partition_id: 2,
      offset: 0,
      timestamp: '2024-01-02T02:04:05.678Z',
      key: { type: 'STRING', size: 3 },
      value: { type: 'JSON', size: 7 },
    });
  });

  it('stores each type as its bytes', async () => {
    const { app, v3, topic, read } = await testApp();
    await topic('t');
    const headers = [{ name: 'h', value: 'AP8=' }, { name: 'n', value: null }, { name: 'o' }];
    const records = [
      { key: { type: 'STRING', data: 'é' }, value: { type: 'BINARY', data: 'AP8=' }, headers },
      { key: { type: 'JSON', data: null }, value: { type: 'STRING', data: '' } },
      { value: { type: 'BINARY', data: null } },
      { key: { type: 'JSON' }, value: null },
    ];
    const body = records.map(record => JSON.stringify(record)).join('');
    expect(await reportsOf(app.request(`${v3}/topics/t/records`, send(body)))).toMatchObject(
      [0, 1, 2, 3].map(n => stored(n)),
    );
    const utf8 = Buffer.from('é').toString('base64');
    const read1 = { key: utf8, value: 'AP8=' };
    const h = [
      { key: 'h', value: 'AP8=' },
      { key: 'n', value: null },
      { key: 'o', value: null },
    ];
    expect(await jsonOf(read('t'))).toMatchObject([
      { ...read1, headers: h },
      { key: null, value: '' },
      { key: null, value: null },
      { key: null, value: null },
    ]);
  });

  it('stores JSON exactly', async () => {
    const { app, v3, topic, read } = await testApp();
    await topic('t');
    await app.request(`${v3}/topics/t/records`, send('{"value":{"type":"JSON","data":{ "n": 1.0, "n": 1e400 }}}'));
    expect(await (await read('t', 0, acceptJson)).text()).toContain('"value":{"n":1.0,"n":1e400}');
  });

  it('hashes a string key as its bare bytes, as Kafka clients do', async () => {
    const { app, v3, topic } = await testApp();
    await topic('t', 10);
    const record = { key: { type: 'STRING', data: 'foobar' } };
    expect(await reportsOf(app.request(`${v3}/topics/t/records`, send(record)))).toMatchObject([stored(0, 6)]);
  });

  it.each([
    ['a partition that is not there', '{"partition_id":1}', 40402, 'there is no partition 1'],
    ['a negative partition', '{"partition_id":-1}', 40402, 'there is no partition -1'],
    ['wrong base64', '{"value":{"type":"BINARY","data":"YQ"}}', 400, 'value.data: not base64'],
    ['a number as a string', '{"key":{"type":"STRING","data":1}}', 400, 'key.data: not a string of Unicode, given 1'],
    ['half a surrogate pair', '{"key":{"type":"STRING","data":"\\udc00"}}', 400, 'key.data: not a string of Unicode'],
    [
      'a schema',
      '{"value":{"type":"AVRO","data":1}}',
      400,
      'value.type: invalid option: expected one of "BINARY"|"JSON"',
    ],
    ['no type', '{"value":{"data":1}}', 400, 'value.type: invalid option'],
    ['an unknown member', '{"vlaue":{}}', 400, 'unrecognized key: "vlaue"'],
    ['a bad time', '{"timestamp":"yesterday"}', 400, 'timestamp: not an ISO 8601 time'],
    ['a time before 1970', '{"timestamp":"1969-12-31T23:59:59Z"}', 42206, 'INVALID_TIMESTAMP: timestamp -1000'],
    ['no object', '17', 400, 'invalid input: expected object, received number, given 17'],
  ])('reports %s, and stores the records around it', async (_what, record, code, message) => {
    const { app, v3, topic } = await testApp();
    await topic('t');
    const response = await app.request(`${v3}/topics/t/records`, send(`{} ${record} {}`));
    expect(response.status).toBe(200);
    expect(await reportsOf(response)).toMatchObject([
      stored(0),
      { error_code: code, message: expect.stringContaining(message) },
      stored(1),
    ]);
  });

  it('ends at malformed JSON, with its error, after what came before', async () => {
    const { app, v3, topic, read } = await testApp();
    await topic('t');
    const response = await app.request(`${v3}/topics/t/records`, send('{}{}{"value":nope}{}'));
    expect(response.status).toBe(200);
    expect(await reportsOf(response)).toMatchObject([
      stored(0),
      stored(1),
      { error_code: 400, message: 'malformed JSON: unexpected "n" at position 13' },
    ]);
    expect((await read('t')).headers.get('Millrace-High-Watermark')).toBe('2');
  });

  it.each([
    ['malformed JSON', '{"value":', 400],
    ['JSON nested too deep', `{"value":${'['.repeat(101)}`, 400],
    ['nothing', '', 422],
    ['whitespace', ' \n', 422],
  ])('refuses %s as a whole', async (_what, body, status) => {
    const { app, v3, topic } = await testApp();
    await topic('t');
    const error = await errorOf(app.request(`${v3}/topics/t/records`, send(body)));
    expect(error).toMatchObject({ status, error_code: status });
  });

  it('refuses more records than the limit, and stores none', async () => {
    const { app, v3, topic, read } = await testApp();
    await topic('t');
    const sent = (count: number) => send('{}'.repeat(count));
    expect(await errorOf(app.request(`${v3}/topics/t/records`, sent(limits.recordsPerRequest + 1)))).toMatchObject({
      status: 422,
      message: `more than ${limits.recordsPerRequest} records in one request`,
    });
    expect((await read('t')).headers.get('Millrace-High-Watermark')).toBe('0');
    expect(await reportsOf(app.request(`${v3}/topics/t/records`, sent(limits.recordsPerRequest)))).toHaveLength(
      limits.recordsPerRequest,
    );
  });

  it('answers 404 for a topic that is not there, and 415 for what is not JSON', async () => {
    const { app, v3, topic } = await testApp();
    await topic('t');
    expect(await errorOf(app.request(`${v3}/topics/u/records`, send('{}')))).toMatchObject({
      status: 404,
      error_code: 40403,
    });
    expect(await errorOf(app.request(`${v3}/topics/t/records`, send('{}', 'text/plain')))).toMatchObject({
      status: 415,
    });
  });
});

describe('producing a batch on v3', () => {
  const entries = (count: number, id = String) => Array.from({ length: count }, (_, index) => ({ id: id(index) }));

  it('answers 207 with what was stored and what was not', async () => {
    const { app, v3, topic } = await testApp();
    await topic('t');
    const body = {
      entries: [
        { id: 'a', value: { type: 'JSON', data: [1] } },
        { id: 'b', partition_id: -1 },
        { id: 'c', value: { type: 'BINARY', data: '?' } },
        { id: 'd', value: { type: 'STRING', data: 'x' } },
      ],
    };
    const response = await app.request(`${v3}/topics/t/records:batch`, send(body));
    expect(response.status).toBe(207);
    const answer = await response.json();
    expect(answer).toMatchObject({
      successes: [
        { id: 'a', ...stored(0), value: { type: 'JSON', size: 3 } },
        { id: 'd', ...stored(1), value: { type: 'STRING', size: 1 } },
      ],
      failures: [
        { id: 'b', error_code: 40402 },
        { id: 'c', error_code: 400, message: expect.stringContaining('value.data: not base64') },
      ],
    });
  });

  it('takes as many entries as the limit, and names it', async () => {
    const { app, v3, topic } = await testApp();
    await topic('t');
    const path = `${v3}/topics/t/records:batch`;
    for (const count of [1, limits.batchEntries - 1, limits.batchEntries]) {
      const { successes } = await jsonOf(app.request(path, send({ entries: entries(count) })));
      expect(successes).toHaveLength(count);
    }
    for (const count of [0, limits.batchEntries + 1]) {
      expect(await errorOf(app.request(path, send({ entries: entries(count) })))).toMatchObject({
        status: 422,
        error_code: 42208,
      });
    }
  });

  it('takes ids of 1 to 80 characters, each once', async () => {
    const { app, v3, topic } = await testApp();
    await topic('t');
    const statusFor = async (ids: readonly unknown[]) => {
      const body = { entries: ids.map(id => ({ id })) };
      return (await app.request(`${v3}/topics/t/records:batch`, send(body))).status;
    };
    expect(await statusFor(['x', 'x'.repeat(79), 'x'.repeat(80)])).toBe(207);
    for (const ids of [[''], ['x'.repeat(81)], [1], [null], [undefined], ['a', 'b', 'a']]) {
      expect([ids, await statusFor(ids)]).toEqual([ids, 422]);
    }
  });
});
