/**
 * What destinations are sent of records that runners gave up, field by field as the developer guide of AWS Lambda has it: "Capturing
 * discarded batches for Amazon MSK and self-managed Apache Kafka event sources", "Using a Kafka topic as an on-failure destination".
 */
import { describe, expect, it } from 'vitest';
import { produceRecords, type RecordToProduce } from '../../lib/produce/produce-records.ts';
import { limits } from '../../lib/protocol/limits.ts';
import { decodeBatch } from '../../lib/record/decode-batch.ts';
import { runPartition } from '../../lib/triggers/run-partition.ts';
import { FAR } from '../support/far-deadline.ts';
import { type Behaviour, failed, TriggerWorld } from './world.ts';

const QUEUE = 'arn:aws:sqs:eu-west-1:123456789012:failed';

const utf8 = (text: string): Uint8Array => Buffer.from(text);

/** Two records of a key each, a second apart. */
const records: readonly RecordToProduce[] = [
  {
    partition: 0,
    key: utf8('k'),
    value: utf8('one'),
    timestamp: 1_600_000_000_000,
    headers: [{ key: 'h', value: utf8('ë') }],
  },
  { partition: 0, key: null, value: null, timestamp: 1_600_000_001_000 },
];

const eventRecords = [
  {
    topic: 'click',
    partition: 0,
    offset: 0,
    timestamp: 1_600_000_000_000,
    timestampType: 'CREATE_TIME',
    key: 'aw==',
    value: 'b25l',
    headers: [{ h: [-61, -85] }],
  },
  {
    topic: 'click',
    partition: 0,
    offset: 1,
    timestamp: 1_600_000_001_000,
    timestampType: 'CREATE_TIME',
    value: null,
    headers: [],
  },
];

const eventWith = (...some: readonly object[]) => ({
  eventSource: 'SelfManagedKafka',
  bootstrapServers: 'test:1',
  records: { 'click-0': some },
});

type Settings = Parameters<TriggerWorld['create']>[0];

/** A world in which the records were given up. */
async function givenUp(settings: Settings, { behave = () => failed, sent = records, config = {} }: Options = {}) {
  const world = new TriggerWorld();
  await world.topic();
  await world.topic('failed', 3, config);
  for (const result of await produceRecords(world.services, { topic: 'click', records: sent, deadline: FAR })) {
    if ('error' in result) throw result.error;
  }
  world.behave = behave;
  const trigger = await world.create({ maximumRetryAttempts: 0, ...settings });
  const running = runPartition(world.services, await world.request(trigger), FAR);
  await world.stores.clock.advance(60_000);
  expect((await running).end).toBe('idle');
  return { world, trigger };
}

interface Options {
  readonly behave?: Behaviour;
  readonly sent?: readonly RecordToProduce[];
  readonly config?: Readonly<Record<string, string>>;
}

/** What the topic has, of all its partitions, in the order of offsets of what failed. */
async function failedRecords(world: TriggerWorld) {
  const { topicId, partitions } = await world.services.topics.read('failed');
  const found: { readonly key: string | null; readonly value: FailedValue }[] = [];
  for (let partition = 0; partition < partitions; partition++) {
    const { reader } = world.services.logs.of({ topicId, partition });
    const { batches } = await reader.read({ offset: 0, maxBytes: 10_000_000 });
    for (const { bytes } of batches) {
      for (const { key, value } of decodeBatch(bytes, { maxDecompressedBytes: limits.decompressedBatchBytes })) {
        found.push({ key: key && Buffer.from(key).toString(), value: JSON.parse(Buffer.from(value ?? []).toString()) });
      }
    }
  }
  return found.toSorted((a, b) => offsetOf(a.value) - offsetOf(b.value));
}

interface FailedValue {
  readonly KafkaBatchInfo: { readonly recordInfo: { readonly offset: string }; readonly payloadSize: number };
  readonly payload: unknown;
}

const offsetOf = ({ KafkaBatchInfo }: FailedValue): number => Number(KafkaBatchInfo.recordInfo.offset);

describe('what a queue and a bucket are sent of a batch', () => {
  it.each([QUEUE, 's3://bucket/prefix'])(
    'is the invocation record of all its records, and for a bucket the event: %s',
    async onFailure => {
      const { world, trigger } = await givenUp({ onFailure });
      const [batch, ...others] = world.sent;
      expect(others).toEqual([]);
      const event = eventWith(...eventRecords);
      expect(JSON.parse(batch?.payload ?? '')).toEqual(event);
      const metadata = JSON.parse(batch?.metadata ?? '');
      expect(metadata).toEqual({
        requestContext: {
          requestId: `${trigger.triggerId}-click-0-0`,
          functionArn: 'f',
          condition: 'RetryAttemptsExhausted',
          approximateInvokeCount: 1,
        },
        responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Error: no' },
        version: '1.0',
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        KafkaBatchInfo: {
          batchSize: 2,
          bootstrapServers: 'test:1',
          payloadSize: Buffer.byteLength(batch?.payload ?? ''),
          recordsInfo: {
            'click-0': {
              firstRecordOffset: '0',
              lastRecordOffset: '1',
              firstRecordTimestamp: '2020-09-13T12:26:40.000Z',
              lastRecordTimestamp: '2020-09-13T12:26:41.000Z',
            },
          },
        },
      });
      expect(Object.keys(metadata)).toEqual([
        'requestContext',
        'responseContext',
        'version',
        'timestamp',
        'KafkaBatchInfo',
      ]);
      expect(batch).toMatchObject({ destination: onFailure, name: `${trigger.triggerId}-click-0-0` });
    },
  );

  it('counts how often the batch was tried', async () => {
    const { world } = await givenUp({ onFailure: QUEUE, maximumRetryAttempts: 3 });
    const [batch] = world.sent;
    expect(JSON.parse(batch?.metadata ?? '').requestContext.approximateInvokeCount).toBe(4);
  });

  it('has null for the response to what was never delivered', async () => {
    const sent = [{ partition: 0, key: null, value: utf8('x'.repeat(2_000)), timestamp: 1_600_000_000_000 }];
    const { world } = await givenUp({ onFailure: QUEUE, batchBytes: 1_024 }, { sent });
    const [batch] = world.sent;
    expect(batch?.payload).toBe('');
    expect(JSON.parse(batch?.metadata ?? '')).toMatchObject({
      requestContext: { condition: 'MaximumPayloadSizeExceeded', approximateInvokeCount: 0 },
      responseContext: null,
      KafkaBatchInfo: { batchSize: 1, payloadSize: 0 },
    });
    expect(world.delivered).toEqual([]);
  });

  it('has the largest time that a record can have', async () => {
    const sent = [{ partition: 0, key: null, value: utf8('a'), timestamp: limits.timestampMs }];
    const { world } = await givenUp({ onFailure: QUEUE }, { sent });
    const { recordsInfo } = JSON.parse(world.sent[0]?.metadata ?? '').KafkaBatchInfo;
    expect(recordsInfo['click-0'].lastRecordTimestamp).toBe('+275760-09-13T00:00:00.000Z');
  });
});

describe('what a topic is sent', () => {
  it('is a record for each that failed, with the key that it had, and the event of it alone', async () => {
    const { world, trigger } = await givenUp({ onFailure: 'kafka://failed' });
    const found = await failedRecords(world);
    expect(found.map(({ key }) => key)).toEqual(['k', 'click-0-1']);
    for (const [index, { value }] of found.entries()) {
      const event = eventWith(eventRecords[index] ?? {});
      expect(value).toEqual({
        requestContext: {
          requestId: `${trigger.triggerId}-click-0-${index}`,
          functionArn: 'f',
          condition: 'RetryAttemptsExhausted',
          approximateInvokeCount: 1,
        },
        responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Error: no' },
        version: '1.0',
        timestamp: expect.stringMatching(/Z$/),
        KafkaBatchInfo: {
          batchSize: 1,
          bootstrapServers: 'test:1',
          payloadSize: Buffer.byteLength(JSON.stringify(event)),
          recordInfo: { offset: String(index), timestamp: `2020-09-13T12:26:4${index}.000Z` },
        },
        payload: event,
      });
    }
    expect(world.sent).toEqual([]);
  });

  it('is not what failed, where that is too large for the topic: its coordinates are', async () => {
    const sent = [
      { partition: 0, key: null, value: utf8('small'), timestamp: 1_600_000_000_000 },
      { partition: 0, key: null, value: Buffer.from(Array.from({ length: 4_000 }, (_, at) => (at * at * 31) % 251)) },
    ];
    const config = { 'max.message.bytes': '2000' };
    const { world } = await givenUp({ onFailure: 'kafka://failed' }, { sent, config });
    const found = await failedRecords(world);
    expect(found.map(({ value }) => [offsetOf(value), value.payload === null])).toEqual([
      [0, false],
      [1, true],
    ]);
    expect(found[1]?.value.KafkaBatchInfo.payloadSize).toBeGreaterThan(4_000);
  });

  it('is taken by a compacted topic too, for every record has a key', async () => {
    const { world } = await givenUp({ onFailure: 'kafka://failed' }, { config: { 'cleanup.policy': 'compact' } });
    expect(await failedRecords(world)).toHaveLength(2);
  });
});
