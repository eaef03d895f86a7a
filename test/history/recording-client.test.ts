/** What a client concludes from each way in which a request may end, and records. */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Operation } from './history.ts';
import { RecordingClient } from './recording-client.ts';

const at = { topic: 't', partition: 0 };
const asked = { at, offset: 4, maxBytes: 1_000, maxWaitMs: 0 };

let servers: Server[] = [];

afterEach(() => {
  for (const server of servers) server.close().closeAllConnections();
  servers = [];
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A URL at which nobody listens any more. */
async function deserted(): Promise<string> {
  const url = await serve(() => {});
  await new Promise(resolve => servers.pop()?.close(resolve));
  return url;
}

const answer = (response: ServerResponse, status: number, body: unknown, headers = {}) =>
  response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));

const answering = (status: number, body: unknown, headers = {}): RequestListener => {
  return (_request, response) => void answer(response, status, body, headers);
};

function clientOf(...urls: readonly string[]) {
  const history: Operation[] = [];
  const options = { name: 'c', history, servers: () => urls, clusterId: 'k', timeoutMs: 300, seed: 1 };
  return { client: new RecordingClient(options), history };
}

const produceAt = async (url: string, values = ['a', 'b']) =>
  (await clientOf(url).client.produce({ at, values })).answer;

const stored = (partition: number, offset: number) => ({ partition, offset, error_code: null, error: null });
const refused = (error: string) => ({ partition: null, offset: null, error_code: 50003, error });

describe('a produce', () => {
  it('is ok where every record has its offset', async () => {
    const url = await serve(answering(200, { offsets: [stored(0, 7), stored(0, 8)] }));
    expect(await produceAt(url)).toEqual({ outcome: 'ok', result: { baseOffset: 7 } });
  });

  it.each([
    [409, 40910, 'OUT_OF_ORDER_SEQUENCE_NUMBER'],
    [409, 40912, 'INVALID_PRODUCER_EPOCH'],
    [429, 42901, 'THROTTLING_QUOTA_EXCEEDED'],
    [500, 50003, 'KAFKA_STORAGE_ERROR'],
    [503, 50302, 'COORDINATOR_NOT_AVAILABLE'],
  ])('failed by %i %i %s', async (status, error_code, code) => {
    const url = await serve(answering(status, { error_code, message: `${code}: no` }));
    expect(await produceAt(url)).toMatchObject({ outcome: 'failed', code });
  });

  it('failed where each record is refused', async () => {
    const url = await serve(answering(422, { offsets: [refused('INVALID_RECORD: a'), refused('INVALID_RECORD: b')] }));
    expect(await produceAt(url)).toMatchObject({ outcome: 'failed', code: 'INVALID_RECORD' });
  });

  it('failed by a refusal of whatever stands before Millrace', async () => {
    const url = await serve(answering(403, { message: 'Forbidden' }));
    expect(await produceAt(url)).toMatchObject({ outcome: 'failed', code: 'HTTP_403' });
  });

  it('failed where nobody listens', async () => {
    expect(await produceAt(await deserted())).toMatchObject({ outcome: 'failed', code: 'BROKER_NOT_AVAILABLE' });
  });

  it.each<readonly [string, RequestListener]>([
    ['by 503 50391', answering(503, { error_code: 50391, message: 'REQUEST_TIMED_OUT: perhaps' })],
    ['by a mistake in Millrace', answering(500, { error_code: 500, message: 'internal server error' })],
    ['by an error of a gateway', answering(502, '<html>bad gateway</html>')],
    [
      'where a record may be stored',
      answering(200, { offsets: [refused('REQUEST_TIMED_OUT: perhaps'), refused('x')] }),
    ],
    ['without an answer in time', () => {}],
    ['where the connection is closed', request => void request.socket.destroy()],
    [
      'where the answer is cut off',
      (request, response) => {
        response.writeHead(200, { 'content-length': 100 }).write('{"offsets": [');
        setTimeout(() => request.socket.destroy(), 20);
      },
    ],
  ])('is unknown %s', async (_why, listener) => {
    expect(await produceAt(await serve(listener))).toMatchObject({ outcome: 'unknown' });
  });

  it.each([
    ['another partition', [stored(1, 7), stored(1, 8)]],
    ['offsets that are not dense', [stored(0, 7), stored(0, 9)]],
    ['too few offsets', [stored(0, 7)]],
    ['a part that is stored', [stored(0, 7), refused('INVALID_RECORD: b')]],
  ])('is no outcome with %s', async (_what, offsets) => {
    await expect(produceAt(await serve(answering(200, { offsets })))).rejects.toThrow(/records/);
  });
});

describe('a client', () => {
  const page = answering(200, [{ offset: 4, value: 'a', key: 'k' }], {
    'millrace-next-offset': '5',
    'millrace-high-watermark': '9',
    'millrace-log-start-offset': '2',
  });
  const result = { records: [{ offset: 4, value: 'a' }], nextOffset: 5, highWatermark: 9, logStartOffset: 2 };

  it('records each request with its start and its end', async () => {
    const { client, history } = clientOf(await serve(page));
    const operation = await client.fetch(asked);
    expect(operation).toMatchObject({ client: 'c', log: 't#1/0', offset: 4, answer: { outcome: 'ok', result } });
    expect(operation.start).toBeLessThan(operation.end);
    expect(history).toEqual([operation]);
  });

  it('records each partition of a fetch of many, with an error of one as its alone', async () => {
    const good = { error_code: 0, high_watermark: 9, log_start_offset: 2, next_offset: 5, records: result.records };
    const bad = { error_code: 1, message: 'no', high_watermark: -1, log_start_offset: -1, next_offset: 8, records: [] };
    const { client, history } = clientOf(await serve(answering(200, { topics: [{ partitions: [good, bad] }] })));
    await client.fetchMany({ topic: 't', offsets: [4, 8], maxBytes: 1_000, maxWaitMs: 0 });
    expect(history).toMatchObject([
      { log: 't#1/0', offset: 4, answer: { outcome: 'ok', result } },
      { log: 't#1/1', offset: 8, answer: { outcome: 'failed', code: 'OFFSET_OUT_OF_RANGE' } },
    ]);
  });

  it('names a tombstone by a header of it, both ways', async () => {
    let sent = '';
    const url = await serve(async (request, response) => {
      for await (const chunk of request) sent += chunk;
      const records = [{ offset: 4, value: null, headers: [{ key: 'id', value: 'Yg==' }] }];
      const topics = [
        { partitions: [{ error_code: 0, high_watermark: 9, log_start_offset: 2, next_offset: 5, records }] },
      ];
      answer(response, 200, sent.includes('max_bytes') ? { topics } : { offsets: [stored(0, 3), stored(0, 4)] });
    });
    const { client, history } = clientOf(url);
    await client.produce({ at, values: ['a', 'b'], keys: ['k', 'l'], tombstones: [1] });
    expect(JSON.parse(sent)).toEqual({
      records: [
        { key: 'k', value: 'a' },
        { key: 'l', value: null, headers: [{ key: 'id', value: 'Yg==' }] },
      ],
    });
    await client.fetchMany({ topic: 't', offsets: [4], maxBytes: 1_000, maxWaitMs: 0 });
    expect(history).toMatchObject([
      { values: ['a', 'b'], keys: ['k', 'l'], tombstones: [1] },
      { answer: { result: { records: [{ offset: 4, value: 'b' }] } } },
    ]);
  });

  it('records whose next epoch it asks for', async () => {
    const { client, history } = clientOf(await serve(answering(500, { error_code: 500, message: 'no' })));
    await client.initProducer();
    await client.initProducer(7);
    expect(history.map(operation => 'producerId' in operation && operation.producerId)).toEqual([false, 7]);
  });

  it('goes to another server after one that does not answer', async () => {
    const { client, history } = clientOf(await deserted(), await deserted(), await serve(page));
    while (history.at(-1)?.answer.outcome !== 'ok' && history.length < 3) await client.fetch(asked);
    expect(history.at(-1)).toMatchObject({ answer: { outcome: 'ok' } });
  });
});
