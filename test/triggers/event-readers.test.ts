/**
 * The events that runners send, read by what others wrote for those of AWS Lambda: `@aws-lambda-powertools/kafka`, the schema of
 * `@aws-lambda-powertools/parser`, and the types of `@types/aws-lambda`.
 */
import { kafkaConsumer } from '@aws-lambda-powertools/kafka';
import type { ConsumerRecords, MSKEvent } from '@aws-lambda-powertools/kafka/types';
import { KafkaSelfManagedEventSchema } from '@aws-lambda-powertools/parser/schemas/kafka';
import type { Context, SelfManagedKafkaEvent } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { produceRecords, type RecordToProduce } from '../../lib/produce/produce-records.ts';
import { runPartition } from '../../lib/triggers/run-partition.ts';
import { FAR } from '../support/far-deadline.ts';
import { done, TriggerWorld } from './world.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);
const base64 = (data: Uint8Array | string): string => Buffer.from(data).toString('base64');

/** No text in any encoding that a reader would guess. */
const beyondUtf8 = Uint8Array.of(0xff, 0xfe, 0x00, 0x80, 0xc3);

const noContext = {} as Context;

interface SentOptions {
  readonly topic?: string;
  readonly partitions?: number;
  readonly config?: Readonly<Record<string, string>>;
}

/** The one event that a runner sends of these records, which are all in partition 0. */
async function eventOf(records: readonly Omit<RecordToProduce, 'partition'>[], options: SentOptions = {}) {
  const { topic = 'click', partitions = 1, config = {} } = options;
  const world = new TriggerWorld();
  await world.topic(topic, partitions, config);
  const sent = records.map(record => ({ partition: 0, timestamp: 1_545_084_650_987, ...record }));
  for (const result of await produceRecords(world.services, { topic, records: sent, deadline: FAR })) {
    if ('error' in result) throw result.error;
  }
  const payloads: string[] = [];
  world.behave = (_delivered, { payload }) => {
    payloads.push(payload);
    return done;
  };
  const trigger = await world.create({ topics: [topic] });
  await runPartition(world.services, await world.request(trigger, 0, topic), FAR);
  expect(payloads).toHaveLength(1);
  return JSON.parse(payloads[0] ?? '') as SelfManagedKafkaEvent;
}

/** What a function of `@aws-lambda-powertools/kafka` is given. */
async function readByKafka<K = unknown, V = unknown>(event: SelfManagedKafkaEvent, config: Config = {}) {
  let given: ConsumerRecords<K, V>['records'] = [];
  const handler = kafkaConsumer<K, V>(
    async ({ records }) => {
      given = records;
    },
    config as Parameters<typeof kafkaConsumer<K, V>>[1],
  );
  // the same shape, from another event source
  await handler(event as unknown as MSKEvent, noContext);
  return given;
}

interface Config {
  readonly key?: { readonly type: 'json' };
  readonly value?: { readonly type: 'json' };
}

const recordsOf = (event: SelfManagedKafkaEvent) => Object.values(event.records).flat();

describe('an event', () => {
  it('is what the types of AWS Lambda say, field by field', async () => {
    const event = await eventOf([
      { key: bytes('k'), value: bytes('Hello'), headers: [{ key: 'headerKey', value: bytes('head') }] },
    ]);
    const expected = {
      eventSource: 'SelfManagedKafka',
      bootstrapServers: 'test:1',
      records: {
        'click-0': [
          {
            topic: 'click',
            partition: 0,
            offset: 0,
            timestamp: 1_545_084_650_987,
            timestampType: 'CREATE_TIME',
            key: 'aw==',
            value: 'SGVsbG8=',
            headers: [{ headerKey: [104, 101, 97, 100] }],
          },
        ],
      },
    } satisfies SelfManagedKafkaEvent;
    expect(event).toEqual(expected);
    expect(Object.keys(event)).toEqual(Object.keys(expected));
    expect(Object.keys(recordsOf(event)[0] ?? {})).toEqual(Object.keys(expected.records['click-0'][0] ?? {}));
  });

  it('has no key where the record has none, and an empty one where that is empty', async () => {
    const event = await eventOf([
      { key: null, value: bytes('a') },
      { key: bytes(''), value: bytes('b') },
    ]);
    const [without, empty] = recordsOf(event);
    expect(without).not.toHaveProperty('key');
    expect(empty).toMatchObject({ key: '' });
    // Powertools makes no difference between the two
    expect((await readByKafka(event)).map(({ key, originalKey }) => [key, originalKey])).toEqual([
      [undefined, undefined],
      [undefined, ''],
    ]);
    const parsed = KafkaSelfManagedEventSchema.parse(event);
    expect(parsed.records['click-0']?.map(({ key }) => key)).toEqual([undefined, '']);
  });

  it('has null for the value of a tombstone, which the schema of the parser does not take, here or of AWS', async () => {
    const event = await eventOf([{ key: bytes('k'), value: null }]);
    expect(recordsOf(event)).toMatchObject([{ key: base64('k'), value: null }]);
    expect((await readByKafka(event)).map(({ value, originalValue }) => [value, originalValue])).toEqual([
      [null, null],
    ]);
    const { error } = KafkaSelfManagedEventSchema.safeParse(event);
    expect(error?.issues.map(({ path, code }) => [path, code])).toEqual([
      [['records', 'click-0', 0, 'value'], 'invalid_type'],
    ]);
    const parsed = KafkaSelfManagedEventSchema.parse(await eventOf([{ key: bytes('k'), value: bytes('') }]));
    expect(parsed.records['click-0']).toMatchObject([{ value: '' }]);
  });

  it('always has a list of headers: empty, with names that come twice, with values that are none', async () => {
    const event = await eventOf([
      { key: null, value: bytes('a') },
      {
        key: null,
        value: bytes('b'),
        headers: [
          { key: 'h', value: bytes('1') },
          { key: 'h', value: bytes('2') },
          { key: '', value: bytes('no name') },
          { key: 'none', value: null },
          { key: 'empty', value: bytes('') },
          { key: '__proto__', value: bytes('p') },
          { key: '"ü😀\u0000', value: bytes('q') },
        ],
      },
    ]);
    const decoded = [
      { h: '1' },
      { h: '2' },
      { '': 'no name' },
      { none: '' },
      { empty: '' },
      JSON.parse('{"__proto__":"p"}'),
      { '"ü😀\u0000': 'q' },
    ];
    expect(recordsOf(event).map(({ headers }) => headers.length)).toEqual([0, decoded.length]);
    expect(recordsOf(event)[1]?.headers.slice(3, 5)).toEqual([{ none: [] }, { empty: [] }]);
    expect((await readByKafka(event)).map(({ headers }) => headers)).toEqual([[], decoded]);
    const [, parsed] = KafkaSelfManagedEventSchema.parse(event).records['click-0'] ?? [];
    // zod drops a member of that name
    expect(parsed?.headers.filter(header => Object.keys(header).length > 0)).toEqual(
      decoded.filter(header => !Object.hasOwn(header, '__proto__')),
    );
  });

  it('has the bytes of headers signed, as those of AWS are', async () => {
    const headers = [
      { key: 'text', value: bytes('ë') },
      { key: 'bytes', value: Uint8Array.of(0, 127, 128, 255) },
    ];
    const event = await eventOf([{ key: null, value: bytes('a'), headers }]);
    expect(recordsOf(event)[0]?.headers).toEqual([{ text: [-61, -85] }, { bytes: [0, 127, -128, -1] }]);
    const [record] = await readByKafka(event);
    expect(record?.headers?.[0]).toEqual({ text: 'ë' });
    expect(record?.originalHeaders?.map(header => Object.values(header).map(value => Buffer.from(value)))).toEqual(
      headers.map(({ value }) => [Buffer.from(value)]),
    );
    // the parser takes them for code points, and has none for what is negative
    expect(() => KafkaSelfManagedEventSchema.safeParse(event)).toThrow(RangeError);
  });

  it('holds any bytes as key and value', async () => {
    const event = await eventOf([
      { key: beyondUtf8, value: beyondUtf8 },
      { key: bytes('ключ'), value: bytes('😀') },
    ]);
    const read = await readByKafka(event);
    for (const { originalKey, originalValue } of read.slice(0, 1)) {
      for (const text of [originalKey, originalValue])
        expect([...Buffer.from(text ?? '', 'base64')]).toEqual([...beyondUtf8]);
    }
    expect(read.map(({ key, value }) => [key, value])[1]).toEqual(['ключ', '😀']);
    const parsed = KafkaSelfManagedEventSchema.parse(event);
    expect(parsed.records['click-0']?.[1]).toMatchObject({ key: 'ключ', value: '😀' });
  });

  it('has JSON that readers of JSON read', async () => {
    const event = await eventOf([{ key: bytes('{"id":1}'), value: bytes('{"page":"/","n":[1,null]}') }]);
    const [record] = await readByKafka(event, { key: { type: 'json' }, value: { type: 'json' } });
    expect([record?.key, record?.value]).toEqual([{ id: 1 }, { page: '/', n: [1, null] }]);
  });

  it.each([
    ['CreateTime', 'CREATE_TIME'],
    ['LogAppendTime', 'LOG_APPEND_TIME'],
  ])('has the time, and says whose it is: %s', async (config, timestampType) => {
    const event = await eventOf([{ key: null, value: bytes('a'), timestamp: 1_000 }], {
      config: { 'message.timestamp.type': config },
    });
    const [record] = recordsOf(event);
    expect(record?.timestampType).toBe(timestampType);
    if (config === 'CreateTime') expect(record?.timestamp).toBe(1_000);
    else expect(record?.timestamp).toBeGreaterThan(1_000);
    expect(KafkaSelfManagedEventSchema.parse(event).records['click-0']).toMatchObject([{ timestampType }]);
  });

  it.each(['my-topic', 'a.b', 'a_b.c-d', '-', 'topic-0', '0', '__proto__', 'x'.repeat(249)])(
    'has its records under topic and partition, whatever the topic is called: %s',
    async topic => {
      const event = await eventOf([{ key: null, value: bytes('a') }], { topic, partitions: 2 });
      expect(Object.keys(event.records)).toEqual([`${topic}-0`]);
      expect((await readByKafka(event)).map(each => [each.topic, each.partition])).toEqual([[topic, 0]]);
      expect(KafkaSelfManagedEventSchema.parse(event).records[`${topic}-0`]).toMatchObject([{ topic, partition: 0 }]);
    },
  );
});
