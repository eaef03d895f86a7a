import { describe, expect, it } from 'vitest';
import { replyLost, requestLost, throttled } from '../../../lib/adapters/memory/faults.ts';
import { limits } from '../../../lib/protocol/limits.ts';
import { acceptJson, errorOf, jsonOf, send, sendBinary, sendJson, testApp } from '../support.ts';

const stored = (partition: number, offset: number) => ({ partition, offset, error_code: null, error: null });

describe('producing on v2', () => {
  it('answers an offset for each record', async () => {
    const { app, topic } = await testApp();
    await topic('t', 2);
    const records = [
      { value: 1, partition: 1 },
      { value: 2, partition: 0 },
      { value: 3, partition: 1 },
    ];
    const response = await app.request('/topics/t', sendJson({ records }));
    expect([response.status, response.headers.get('Content-Type')]).toEqual([200, 'application/vnd.kafka.v2+json']);
    expect(await response.json()).toEqual({
      offsets: [stored(1, 0), stored(0, 0), stored(1, 1)],
      key_schema_id: null,
      value_schema_id: null,
    });
  });

  it('hashes a JSON key as its text, with its quotes', async () => {
    const { app, topic } = await testApp();
    await topic('t', 16);
    const asJson = await jsonOf(app.request('/topics/t', sendJson({ records: [{ key: 'foobar' }] })));
    const asBytes = await jsonOf(
      app.request('/topics/t', sendBinary({ records: [{ key: Buffer.from('"foobar"').toString('base64') }] })),
    );
    expect(asJson.offsets[0].partition).toBe(asBytes.offsets[0].partition);
  });

  it('stores JSON values exactly, in canonical form', async () => {
    const { app, topic, read } = await testApp();
    await topic('t');
    const value =
      '{ "n" : 12345678901234567890, "b": [1e400, -0, 1.0], "a":1,"a":2, "__proto__":{}, "\\u0061b": "\\ud800" }';
    await app.request('/topics/t', sendJson(`{"records":[{"key": [ 1.0 ], "value":${value}}]}`));
    expect(await (await read('t', 0, acceptJson)).text()).toContain(
      '"key":[1.0],"value":{"n":12345678901234567890,"b":[1e400,-0,1.0],"a":1,"a":2,"__proto__":{},"ab":"\\ud800"}',
    );
  });

  it('stores base64, null and empty keys and values, headers and timestamps', async () => {
    const { app, topic, read } = await testApp();
    await topic('t');
    const headers = [
      { key: 'h', value: 'AP8=' },
      { key: '', value: '' },
      { key: 'h', value: null },
    ];
    const records = [
      { key: 'AP8=', value: '', headers, timestamp: 0 },
      { key: null, value: null, headers: null, timestamp: limits.timestampMs },
    ];
    expect((await app.request('/topics/t', sendBinary({ records }))).status).toBe(200);
    const place = { topic: 't', partition: 0 };
    expect(await jsonOf(read('t'))).toEqual([
      { ...place, offset: 0, timestamp: 0, key: 'AP8=', value: '', headers },
      { ...place, offset: 1, timestamp: limits.timestampMs, key: null, value: null, headers: [] },
    ]);
  });

  it('takes application/json as JSON, and a body without a type as base64', async () => {
    const { app, topic, read } = await testApp();
    await topic('t');
    await app.request('/topics/t', send('{"records":[{"value":"YQ=="}]}', 'application/json; charset=utf-8'));
    const untyped = new Request('http://localhost/topics/t', {
      method: 'POST',
      body: Buffer.from('{"records":[{"value":"YQ=="}]}'),
    });
    expect((await app.request(untyped)).status).toBe(200);
    const [json, binary] = await jsonOf(read('t'));
    expect([json.value, binary.value]).toEqual([Buffer.from('"YQ=="').toString('base64'), 'YQ==']);
  });

  it.each(['avro', 'jsonschema', 'protobuf'])('refuses schemas in %s with 415', async format => {
    const { app, topic } = await testApp();
    await topic('t');
    const sent = send({ records: [{ value: 1 }] }, `application/vnd.kafka.${format}.v2+json`);
    expect(await errorOf(app.request('/topics/t', sent))).toMatchObject({ status: 415, error_code: 415 });
  });

  it('tells of each record that could not be stored, and stores the others', async () => {
    const { app, topic } = await testApp();
    await topic('t');
    const records = [{ value: 1 }, { value: 2, partition: 7 }, { value: 3, timestamp: -1 }, { value: 4 }];
    const response = await app.request('/topics/t', sendJson({ records }));
    expect(response.status).toBe(200);
    const refused = { partition: null, offset: null, error_code: 50002 };
    expect((await response.json()) as object).toMatchObject({
      offsets: [
        stored(0, 0),
        { ...refused, error: expect.stringContaining('there is no partition 7') },
        { ...refused, error: expect.stringContaining('INVALID_TIMESTAMP: timestamp -1') },
        stored(0, 1),
      ],
    });
  });

  it('answers 422 with the same list where nothing was stored', async () => {
    const { app, topic, read } = await testApp();
    await topic('t', 1, { 'cleanup.policy': 'compact' });
    const response = await app.request('/topics/t', sendJson({ records: [{ value: 1 }] }));
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({
      offsets: [{ error_code: 50002, error: expect.stringContaining('needs a key') }],
    });
    expect(await jsonOf(read('t'))).toEqual([]);
  });

  it.each([
    ['throttled', throttled, 429, 42901],
    ['lost', requestLost, 503, 50391],
  ] as const)('answers what befell the whole request as its answer: %s', async (_what, fault, status, code) => {
    const { app, topic, worker, stores } = await testApp();
    await topic('t');
    await app.request('/topics/t', sendJson({ records: [{ value: 0 }] }));
    for (let writes = 0; writes < 1_000; writes++) worker.faults.nextWrite(fault);
    for (let queries = 0; queries < 1_000; queries++) worker.faults.next('query', fault);
    const drive = setInterval(() => void stores.clock.advance(1_000), 1);
    const response = await app.request('/topics/t', sendJson({ records: [{ value: 1 }] }));
    clearInterval(drive);
    expect(response.headers.get('Retry-After')).toBe('1');
    expect(await errorOf(response)).toMatchObject({ status, error_code: code });
  });

  it('acknowledges what a lost reply stored', async () => {
    const { app, topic, worker, stores } = await testApp();
    await topic('t');
    await app.request('/topics/t', sendJson({ records: [{ value: 0 }] }));
    worker.faults.nextWrite(replyLost);
    const drive = setInterval(() => void stores.clock.advance(10), 1);
    const body = await jsonOf(app.request('/topics/t', sendJson({ records: [{ value: 1 }] })));
    clearInterval(drive);
    expect(body.offsets).toEqual([stored(0, 1)]);
  });

  describe('refuses as a whole, and stores nothing of', () => {
    it.each([
      ['malformed JSON', '{"records":[{"value":1}', 400, 'malformed JSON: unexpected end at position 23'],
      ['nothing', '', 422, 'the body is empty'],
      ['JSON nested too deep', `{"records":[{"value":${'['.repeat(98)}`, 400, 'nested more than 100 deep'],
      ['no records', '{"records":[]}', 422, 'records: too small: expected array to have >=1 items'],
      ['no list', '{"records":{}}', 422, 'records: invalid input: expected array'],
      ['a negative partition', '{"records":[{"value":1},{"partition":-1}]}', 422, 'records[1].partition: too small'],
      ['half a partition', '{"records":[{"partition":0.5}]}', 422, 'records[0].partition'],
      ['an unknown member', '{"records":[{"vlaue":1}]}', 422, 'records[0]: unrecognized key: "vlaue"'],
      [
        'a timestamp that is text',
        '{"records":[{"timestamp":"now"}]}',
        422,
        'expected number, received string, given "now"',
      ],
      ['a header that is not base64', '{"records":[{"headers":[{"key":"h","value":"?"}]}]}', 422, 'not base64'],
      [
        'a header key that is not Unicode',
        '{"records":[{"headers":[{"key":"\\ud800","value":null}]}]}',
        422,
        'surrogate',
      ],
      ['a schema', '{"records":[{"value":1}],"value_schema":"s"}', 422, 'value_schema: invalid input: expected null'],
      ['part of a sequence', '{"records":[{"value":1}],"sequence":0}', 422, 'come together, or not at all'],
    ])('%s', async (_what, body, status, message) => {
      const { app, topic, read } = await testApp();
      await topic('t');
      const error = await errorOf(app.request('/topics/t', sendJson(body)));
      expect(error).toEqual({ status, error_code: status, message: expect.stringContaining(message) });
      expect(await jsonOf(read('t'))).toEqual([]);
    });

    it('a record that is not base64', async () => {
      const { app, topic, read } = await testApp();
      await topic('t');
      const records = [{ value: 'YQ==' }, { value: 'YQ' }];
      expect(await errorOf(app.request('/topics/t', sendBinary({ records })))).toEqual({
        status: 422,
        error_code: 422,
        message: 'records[1].value: not base64 (standard alphabet, with padding), given "YQ"',
      });
      expect(await jsonOf(read('t'))).toEqual([]);
    });

    it('a body that is not UTF-8', async () => {
      const { app, topic } = await testApp();
      await topic('t');
      const body = Buffer.concat([Buffer.from('{"records":[{"value":"'), Buffer.of(0xff), Buffer.from('"}]}')]);
      const sent = { ...sendJson(''), body: new Uint8Array(body) };
      expect(await errorOf(app.request('/topics/t', sent))).toMatchObject({
        status: 400,
        message: 'the body is not UTF-8',
      });
    });

    it('more records than the limit', async () => {
      const { app, topic } = await testApp();
      await topic('t');
      const sent = (count: number) => sendJson(`{"records":[${Array.from({ length: count }, () => '{}').join(',')}]}`);
      expect((await app.request('/topics/t', sent(limits.recordsPerRequest - 1))).status).toBe(200);
      expect((await app.request('/topics/t', sent(limits.recordsPerRequest))).status).toBe(200);
      expect(await errorOf(app.request('/topics/t', sent(limits.recordsPerRequest + 1)))).toMatchObject({
        status: 422,
        message: `records: too big: expected array to have <=${limits.recordsPerRequest} items`,
      });
    });
  });

  it('answers 404 for a topic that is not there, and for a partition in the path', async () => {
    const { app, topic } = await testApp();
    await topic('t');
    const sent = sendJson({ records: [{ value: 1 }] });
    expect(await errorOf(app.request('/topics/u', sent))).toMatchObject({ status: 404, error_code: 40401 });
    expect(await errorOf(app.request('/topics/t/partitions/1', sent))).toMatchObject({
      status: 404,
      error_code: 40402,
    });
    const named = sendJson({ records: [{ value: 1, partition: 0 }] });
    expect(await errorOf(app.request('/topics/t/partitions/0', named))).toMatchObject({ status: 422 });
  });

  it('refuses one record larger than max.message.bytes, and splits what is larger together', async () => {
    const { app, topic } = await testApp();
    await topic('t', 1, { 'max.message.bytes': '1000' });
    const value = 'x'.repeat(600);
    const records = [{ value }, { value: value + value }, { value }];
    expect(await jsonOf(app.request('/topics/t', sendJson({ records })))).toMatchObject({
      offsets: [stored(0, 0), { error: expect.stringContaining('max.message.bytes is 1000') }, stored(0, 1)],
    });
  });
});

describe('producing idempotently on v2', () => {
  const send1 = (sequence: number, epoch = 0, producer = 7) =>
    sendJson({ records: [{ value: sequence }], producer_id: producer, producer_epoch: epoch, sequence });

  it('answers a repeated request with its first offset', async () => {
    const { app, topic } = await testApp();
    await topic('t');
    for (const sequence of [0, 1, 1, 0]) {
      const { offsets } = await jsonOf(app.request('/topics/t', send1(sequence)));
      expect(offsets).toEqual([stored(0, sequence)]);
    }
  });

  it.each([
    ['a gap', 5, 0, 409, 40910],
    ['a stale epoch', 1, 0, 409, 40912],
  ])('refuses %s as a whole', async (what, sequence, epoch, status, code) => {
    const { app, topic, stores } = await testApp();
    await topic('t');
    await app.request('/topics/t', send1(0, what === 'a gap' ? 0 : 1));
    const drive = setInterval(() => void stores.clock.advance(100), 1);
    const error = await errorOf(app.request('/topics/t', send1(sequence, epoch)));
    clearInterval(drive);
    expect(error).toMatchObject({ status, error_code: code });
  });

  it('refuses records that go to several partitions', async () => {
    const { app, topic } = await testApp();
    await topic('t', 2);
    const records = [
      { value: 1, partition: 0 },
      { value: 2, partition: 1 },
    ];
    const sent = sendJson({ records, producer_id: 7, producer_epoch: 0, sequence: 0 });
    expect(await errorOf(app.request('/topics/t', sent))).toMatchObject({
      status: 422,
      message: expect.stringContaining('2 partitions, expected 1'),
    });
  });
});
