/** Limits of records, of batches, and of what is asked for and answered with them. */
import { expect } from 'vitest';
import { limits } from '../../../lib/protocol/limits.ts';
import { encodeBatch } from '../../../lib/record/encode-batch.ts';
import { type Answer, mediaType } from '../client.ts';
import { base64, postV2, postV3, stringOf } from '../support/produce.ts';
import { batchOf, changed, field, postRaw, produceRaw } from '../support/raw.ts';
import { readPage } from '../support/read.ts';
import { type Place, type Trial, takenOrElse } from './trial.ts';

/** Bytes of a batch before its records. */
const HEADER_BYTES = 61;

/** A batch whose records have so many bytes before compression: one record of zeros, and a key where lengths jump by two. */
function batchOfSize(recordBytes: number, codec: 'none' | 'gzip' = 'none'): Buffer {
  const batch = (keyBytes: number, valueBytes: number, of: typeof codec) => {
    const record = { timestamp: 0, key: Buffer.alloc(keyBytes), value: Buffer.alloc(valueBytes), headers: [] };
    return Buffer.from(encodeBatch({ records: [record], codec: of }));
  };
  let [keyBytes, valueBytes] = [0, Math.max(recordBytes - 20, 0)];
  for (let tries = 0; tries < 6; tries++) {
    const missing = recordBytes + HEADER_BYTES - batch(keyBytes, valueBytes, 'none').length;
    if (missing === 0) return batch(keyBytes, valueBytes, codec);
    if (tries === 3) keyBytes++;
    valueBytes += tries < 3 ? missing : missing - 1;
  }
  return expect.fail(`no record has ${recordBytes} bytes`);
}

const rawTrial = (body: (size: number) => Uint8Array): Trial => ({
  of: 'raw',
  send: ({ client, topic }, size) => postRaw(client, topic, body(size)),
});

const headersTrials = (make: (size: number) => readonly { readonly key: string; readonly value: string | null }[]) =>
  [
    {
      of: 'v2',
      send: ({ client, topic }, size) => postV2(client, `/topics/${topic}`, [{ value: 1, headers: make(size) }]),
    },
    {
      of: 'v3',
      send({ client, topic }, size) {
        const headers = make(size).map(({ key, value }) => ({ name: key, value }));
        return postV3(client, topic, [{ value: stringOf('v'), headers }]);
      },
    },
    rawTrial(size => {
      const headers = make(size).map(({ key }) => ({ key, value: null }));
      return batchOf([], { records: [{ timestamp: 0, key: null, value: null, headers }] });
    }),
  ] as const satisfies readonly Trial[];

const postJson = ({ client, topic }: Place, body: string): Promise<Answer> =>
  client.send('POST', `/topics/${topic}`, { body, type: mediaType.json });

/** A record is read as JSON whose text has so many bytes: a value in base64, and what it leaves in the name of a header. */
async function readAsText({ client, topic }: Place, size: number): Promise<Answer> {
  const produce = async (value: number, name: number) => {
    const headers = [{ key: 'n'.repeat(name), value: null }];
    const records = [{ timestamp: 0, key: null, value: Buffer.alloc(value), headers }];
    const [stored] = await produceRaw(client, topic, batchOf([], { records }));
    return readPage(client, topic, {
      offset: stored?.offset ?? 0,
      maxBytes: limits.fetchBytes,
      accept: mediaType.binary,
    });
  };
  const { length } = (await produce(0, 1)).text;
  const left = size - (length - '[]'.length);
  return produce(Math.floor(left / 4) * 3, 1 + (left % 4));
}

/** The text of the value has the depth, less the three of what is around it. */
const deepValue = (size: number): string => `${'['.repeat(size - 3)}${']'.repeat(size - 3)}`;

export const recordTrials = {
  bodyBytes: [
    { of: 'v2', send: (place, size) => postJson(place, '{"records":[{"value":1}]}'.padEnd(size)) },
    {
      of: 'v3',
      send: ({ client, topic }, size) =>
        client.send('POST', `…/topics/${topic}/records`, {
          body: JSON.stringify({ value: stringOf('v') }).padEnd(size),
          type: 'application/json',
        }),
    },
  ],
  jsonDepth: [{ send: (place, size) => postJson(place, `{"records":[{"value":${deepValue(size)}}]}`) }],
  recordsPerRequest: [
    { of: 'v2', send: (place, size) => postJson(place, `{"records":[${'{},'.repeat(size - 1)}{}]}`) },
    {
      of: 'v3',
      send: ({ client, topic }, size) =>
        client.send('POST', `…/topics/${topic}/records`, { body: '{}'.repeat(size), type: 'application/json' }),
      refused: ({ text }) => expect(text).toMatch(/more than 10000 records/),
    },
  ],
  recordsPerBatch: [
    rawTrial(size => {
      const record = { timestamp: 0, key: null, value: null, headers: [] };
      return batchOf([], { records: Array.from({ length: size }, () => record) });
    }),
  ],
  headersPerRecord: headersTrials(size =>
    Array.from({ length: size }, (_, index) => ({ key: `h${index}`, value: base64('x') })),
  ),
  headerKeyBytes: headersTrials(size => [{ key: 'k'.repeat(size), value: null }]),
  decompressedBatchBytes: [rawTrial(size => batchOfSize(size, 'gzip'))],
  decompressedRequestBytes: [
    rawTrial(size => {
      const [most, little] = [limits.decompressedBatchBytes, 1_000];
      const sizes = [most, most - little, size - 2 * most + little];
      return Buffer.concat(sizes.map(each => batchOfSize(each, 'gzip')));
    }),
  ],
  batchesPerEntry: [rawTrial(size => Buffer.concat(Array.from({ length: size }, () => batchOf(['v']))))],
  timestampMs: [
    {
      of: 'v2',
      send: ({ client, topic }, size) => postV2(client, `/topics/${topic}`, [{ value: 1, timestamp: size }]),
    },
    {
      of: 'raw',
      send({ client, topic }, size) {
        const records = [{ timestamp: 0, key: null, value: null, headers: [] }];
        const batch = changed(batchOf([], { records }), copy => {
          copy.writeBigInt64BE(BigInt(size), field.baseTimestamp);
          copy.writeBigInt64BE(BigInt(size), field.maxTimestamp);
        });
        return postRaw(client, topic, batch);
      },
    },
  ],
  offset: [
    {
      send: ({ client, topic }, size) =>
        client.get(`/topics/${topic}/partitions/0/records?offset=${BigInt(size)}&timeout=0&max_bytes=1`),
      taken: ({ status }) => expect(status).toBe(416),
    },
  ],
  recordAnswerBytes: [
    {
      send: readAsText,
      taken: ({ status, text }, size) => expect([status, text.length]).toEqual([200, size + '[]'.length]),
      refused: ({ status, text }) => expect([status, text]).toEqual([413, expect.stringContaining('4613734')]),
    },
  ],
  partitionsPerFetch: [
    {
      async send({ client }, size) {
        const topic = await client.createTopic();
        const partitions = Array.from({ length: size }, () => ({
          partition: 0,
          fetch_offset: 0,
          partition_max_bytes: 1,
        }));
        return client.post('…/records:fetch', { max_wait_ms: 0, topics: [{ topic, partitions }] });
      },
      taken: takenOrElse(limits.partitionsPerFetch),
    },
  ],
} as const satisfies { readonly [name in keyof typeof limits]?: readonly Trial[] };
