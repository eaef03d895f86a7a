/**
 * What triggers deliver, to functions behind a URL that these cases serve themselves: for servers on this machine. What a deployed
 * stack delivers to Lambda functions is shown by itself.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Client, mediaType } from './client.ts';
import { produceTo, topicOf } from './support/consumers.ts';
import { FunctionServer } from './support/function-server.ts';
import { alterOffsets, groupOffsets } from './support/groups.ts';
import { base64, produceV2 } from './support/produce.ts';
import { read } from './support/read.ts';
import { type Trigger, type TriggerBody, Triggers, triggerIn } from './support/triggers.ts';

/** Within which what is produced is delivered, or delivered again, in milliseconds. */
const WITHIN_MS = 15_000;

const eventually = { timeout: WITHIN_MS, interval: 20 };

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

export function triggerDeliveryCases(client: Client): void {
  const triggers = new Triggers(client);
  let functions: FunctionServer;
  const open: FunctionServer[] = [];
  const made: string[] = [];

  const startFunctions = async () => {
    const started = await FunctionServer.start();
    open.push(started);
    return started;
  };

  beforeEach(async () => {
    functions = await startFunctions();
  });

  afterEach(async () => {
    // those of a case that failed must not go on
    await Promise.all(made.splice(0).map(name => triggers.send('DELETE', name)));
    await Promise.all(open.splice(0).map(each => each.close()));
  });

  const create = async (topic: string, more: TriggerBody = {}): Promise<Trigger> => {
    const trigger = await triggers.create(topic, { function: functions.url, enabled: true, ...more });
    made.push(trigger.trigger_name);
    return trigger;
  };

  const done = (trigger: Trigger) =>
    expect.poll(async () => (await triggers.describe(trigger.trigger_name)).lag, eventually).toBe(0);

  describe('a trigger', () => {
    it('delivers an event as AWS Lambda does for a self-managed Kafka cluster, field by field', async () => {
      const topic = await client.createTopic({ partitions: 2 });
      await produceV2(client, `/topics/${topic}/partitions/1`, [
        { key: 'k', value: { a: 1 }, timestamp: 1_545_084_650_987, headers: [{ key: 'h', value: base64('hi') }] },
        { value: null, timestamp: 1_545_084_650_988 },
      ]);
      await done(await create(topic));
      expect(functions.delivered.map(({ event }) => event)).toEqual([
        {
          eventSource: 'SelfManagedKafka',
          bootstrapServers: new URL(client.url).host,
          records: {
            [`${topic}-1`]: [
              {
                topic,
                partition: 1,
                offset: 0,
                timestamp: 1_545_084_650_987,
                timestampType: 'CREATE_TIME',
                key: base64('"k"'),
                value: base64('{"a":1}'),
                headers: [{ h: [104, 105] }],
              },
              {
                topic,
                partition: 1,
                offset: 1,
                timestamp: 1_545_084_650_988,
                timestampType: 'CREATE_TIME',
                value: null,
                headers: [],
              },
            ],
          },
        },
      ]);
    });

    it('delivers every record once, in the order of each partition, in events no larger than they may be', async () => {
      const topic = await topicOf(client, { partitions: 2, count: 25 });
      const trigger = await create(topic, { batch_size: 10 });
      await done(trigger);
      for (const partition of [0, 1]) expect(functions.offsetsOf(partition)).toEqual(numbers(0, 25));
      expect(Math.max(...functions.batches.map(({ length }) => length))).toBe(10);
      for (const { event } of functions.delivered) expect(Object.keys(event.records)).toHaveLength(1);
      const { partitions } = await triggers.describe(trigger.trigger_name);
      for (const { last_result, failures, current_offset } of partitions) {
        expect([last_result?.error, failures, current_offset]).toEqual([null, 0, 25]);
      }
      expect(await groupOffsets(client, trigger.consumer_group_id)).toEqual({ 0: 25, 1: 25 });
    });

    it('delivers what comes later, at once', async () => {
      const topic = await client.createTopic();
      await create(topic, { starting_position: 'LATEST' });
      for (let value = 0; value < 5; value++) {
        const from = performance.now();
        await produceTo(client, topic, 0, 1, value);
        await expect.poll(() => functions.offsetsOf(0), eventually).toEqual(numbers(0, value + 1));
        expect((functions.delivered.at(-1)?.at ?? Number.NaN) - from).toBeLessThan(5_000);
      }
    });

    it('delivers only what comes after it was made, with LATEST, though it was paused then', async () => {
      const topic = await topicOf(client, { count: 3 });
      const trigger = await create(topic, { starting_position: 'LATEST', enabled: false });
      await produceTo(client, topic, 0, 2, 3);
      triggerIn(await triggers.send('POST', trigger.trigger_name, '/resume'));
      await done(trigger);
      expect(functions.offsetsOf(0)).toEqual([3, 4]);
    });

    it('takes nothing from another of the same topic', async () => {
      const topic = await topicOf(client, { count: 5 });
      const others = await startFunctions();
      await done(await create(topic));
      await done(await create(topic, { function: others.url }));
      expect(functions.offsetsOf(0)).toEqual(numbers(0, 5));
      expect(others.offsetsOf(0)).toEqual(numbers(0, 5));
    });

    it('reads several topics', async () => {
      const topics = [await topicOf(client, { count: 2 }), await topicOf(client, { count: 3 })];
      await done(await create('', { topics }));
      expect(functions.delivered.flatMap(({ records }) => records.map(({ topic }) => topic)).toSorted()).toEqual(
        [topics[0], topics[0], topics[1], topics[1], topics[1]].toSorted(),
      );
    });

    it('goes on where its group is', async () => {
      const topic = await topicOf(client, { count: 5 });
      const id = triggers.newName();
      await alterOffsets(client, id, topic, [3]);
      await done(await create(topic, { consumer_group_id: id }));
      expect(functions.offsetsOf(0)).toEqual([3, 4]);
    });

    it('waits for a batch to become full, no longer than its window', async () => {
      const topic = await client.createTopic();
      const window = { starting_position: 'LATEST', batch_size: 3, maximum_batching_window_in_seconds: 3 };
      const trigger = await create(topic, window);
      await produceTo(client, topic, 0, 1, 0);
      await sleep(500);
      expect(functions.batches).toEqual([]);
      await produceTo(client, topic, 0, 3, 1);
      await done(trigger);
      expect(functions.batches).toEqual([[0, 1, 2], [3]]);
      const [first, second] = functions.delivered.map(({ at }) => at);
      expect((second ?? 0) - (first ?? 0)).toBeGreaterThan(2_500);
    });
  });

  describe('filters', () => {
    it('let through what one of them matches, by key, headers, value and place; the rest is passed over', async () => {
      const topic = await client.createTopic();
      const type = (value: string) => [{ key: 'type', value: base64(value) }];
      await produceV2(client, `/topics/${topic}`, [
        { key: 'a', value: { page: '/shop/1', n: 5 } },
        { key: 'b', value: { page: '/jobs', n: 50 } },
        { key: 'c', value: 'text', headers: type('view') },
        { key: 'd', value: null, headers: type('gone') },
        { key: 'e', value: { page: '/SHOP', n: 1.0 } },
        { key: 'f', value: [1, 2] },
      ]);
      const filters = [
        { value: { page: [{ prefix: '/shop' }], n: [{ numeric: ['>', 1, '<=', 5.0] }] } },
        { headers: { type: ['view', { prefix: 'g' }] }, offset: [{ numeric: ['<', 3] }] },
        { key: ['"b"'], topic: [topic], partition: [0] },
      ];
      const trigger = await create(topic, { filters });
      await done(trigger);
      expect(functions.offsetsOf(0)).toEqual([0, 1, 2]);
      expect((await triggers.describe(trigger.trigger_name)).partitions).toMatchObject([{ current_offset: 6 }]);
    });

    it('that let nothing through commit all the same', async () => {
      const topic = await topicOf(client, { count: 5 });
      const trigger = await create(topic, { filters: [{ value: ['nothing'] }] });
      await done(trigger);
      expect(functions.delivered).toEqual([]);
      expect(await groupOffsets(client, trigger.consumer_group_id)).toEqual({ 0: 5 });
    });

    it('are followed as soon as they are changed', async () => {
      const topic = await client.createTopic();
      const trigger = await create(topic, { filters: [{ value: ['0'] }] });
      await produceTo(client, topic, 0, 2);
      await done(trigger);
      triggerIn(await triggers.patch(trigger.trigger_name, { filters: [{ value: ['3'] }] }));
      await produceTo(client, topic, 0, 2, 2);
      await done(trigger);
      expect(functions.offsetsOf(0)).toEqual([0, 3]);
    });
  });

  describe('a function that fails', () => {
    it('is given the same records again until it does not, and that is told meanwhile', async () => {
      const topic = await topicOf(client, { count: 3 });
      let isMended = false;
      functions.behave = () => (isMended ? {} : { status: 500, body: 'no such table' });
      const trigger = await create(topic);
      const partition = async () => (await triggers.describe(trigger.trigger_name)).partitions[0];
      await expect.poll(async () => (await partition())?.failures, eventually).toBeGreaterThan(2);
      expect(await partition()).toMatchObject({
        lag: 3,
        current_offset: 0,
        last_result: { error: expect.stringContaining('no such table') },
      });
      isMended = true;
      await done(trigger);
      expect(new Set(functions.batches.map(String))).toEqual(new Set(['0,1,2']));
      expect(await partition()).toMatchObject({ failures: 0, last_result: { error: null } });
    });

    it('keeps no other partition waiting, nor another trigger', async () => {
      const topic = await topicOf(client, { partitions: 2, count: 3 });
      functions.behave = ({ records }) => ({ status: records[0]?.partition === 0 ? 500 : 200 });
      await create(topic);
      const others = await startFunctions();
      await done(await create(topic, { function: others.url }));
      await expect.poll(() => functions.offsetsOf(1), eventually).toEqual([0, 1, 2]);
      expect(others.offsetsOf(0)).toEqual([0, 1, 2]);
    });

    it.each([429, 503])('for now, with %i, is not blamed: nothing is given up for it', async status => {
      const topic = await topicOf(client, { count: 2 });
      functions.behave = () => ({ status: functions.delivered.length < 3 ? status : 200 });
      const trigger = await create(topic, { maximum_retry_attempts: 0 });
      await done(trigger);
      expect(functions.batches).toEqual([
        [0, 1],
        [0, 1],
        [0, 1],
      ]);
    });

    it('to answer in its time is given up waiting for, and tried again', async () => {
      const topic = await topicOf(client, { count: 1 });
      functions.behave = () => (functions.delivered.length === 1 ? new Promise(() => {}) : {});
      const trigger = await create(topic, { function_timeout_in_seconds: 1 });
      await done(trigger);
      expect(functions.batches).toEqual([[0], [0]]);
      const [first, second] = functions.delivered.map(({ at }) => at);
      expect((second ?? 0) - (first ?? 0)).toBeGreaterThan(1_000);
    });

    it('is replaced while it fails, and the other goes on', async () => {
      const topic = await topicOf(client, { count: 2 });
      functions.behave = () => ({ status: 500 });
      const trigger = await create(topic);
      await expect.poll(() => functions.delivered.length, eventually).toBeGreaterThan(0);
      const mended = await startFunctions();
      triggerIn(await triggers.patch(trigger.trigger_name, { function: mended.url }));
      await done(trigger);
      expect(mended.batches).toEqual([[0, 1]]);
    });

    it('of records has those before done, and is given the rest again', async () => {
      const topic = await topicOf(client, { count: 6 });
      const failure = { itemIdentifier: { partition: `${topic}-0`, offset: 4 } };
      functions.behave = () => (functions.delivered.length === 1 ? { body: { batchItemFailures: [failure] } } : {});
      await done(await create(topic, { function_response_types: ['ReportBatchItemFailures'] }));
      expect(functions.batches).toEqual([numbers(0, 6), [4, 5]]);
    });

    it.each([
      ['another partition', (topic: string) => ({ itemIdentifier: { partition: `${topic}-1`, offset: 1 } })],
      [
        'an offset that it was not given',
        (topic: string) => ({ itemIdentifier: { partition: `${topic}-0`, offset: 9 } }),
      ],
      ['an offset as text', (topic: string) => ({ itemIdentifier: { partition: `${topic}-0`, offset: '1' } })],
      ['nothing', () => ({})],
    ])('reports %s: that is a failure of the whole batch', async (_, failureOf) => {
      const topic = await topicOf(client, { count: 2 });
      const batchItemFailures = [failureOf(topic)];
      functions.behave = () => (functions.delivered.length === 1 ? { body: { batchItemFailures } } : {});
      await done(await create(topic, { function_response_types: ['ReportBatchItemFailures'] }));
      expect(functions.batches).toEqual([
        [0, 1],
        [0, 1],
      ]);
    });

    it.each([null, {}, { batchItemFailures: [] }, { batchItemFailures: null }, [], 'done'])(
      'reports no failure with %j',
      async body => {
        const topic = await topicOf(client, { count: 2 });
        functions.behave = () => ({ body });
        await done(await create(topic, { function_response_types: ['ReportBatchItemFailures'] }));
        expect(functions.batches).toEqual([[0, 1]]);
      },
    );

    it('is not asked for failures where its trigger does not say so', async () => {
      const topic = await topicOf(client, { count: 2 });
      functions.behave = () => ({
        body: { batchItemFailures: [{ itemIdentifier: { partition: `${topic}-0`, offset: 0 } }] },
      });
      await done(await create(topic));
      expect(functions.batches).toEqual([[0, 1]]);
    });
  });

  describe('a record that cannot be delivered', () => {
    const gone = async (topic: string) => {
      const records = await read(client, topic, { accept: mediaType.binary });
      return records.map(
        ({ key, value }) => [key, JSON.parse(Buffer.from(String(value), 'base64').toString())] as const,
      );
    };

    it('ends at the destination with its coordinates and itself; all others are handled, in order', async () => {
      const topic = await topicOf(client, { partitions: 2, count: 100 });
      const destination = await client.createTopic();
      const handled: string[] = [];
      functions.behave = ({ records, values }) => {
        if (records[0]?.partition === 0 && values.includes('61')) return { status: 500, body: '61 is bad' };
        handled.push(...records.map(({ partition, offset }) => `${partition}:${offset}`));
        return {};
      };
      const more = {
        bisect_batch_on_function_error: true,
        maximum_retry_attempts: 1,
        on_failure: `kafka://${destination}`,
      };
      await done(await create(topic, more));
      for (const partition of [0, 1]) {
        const own = handled.filter(place => place.startsWith(`${partition}:`)).map(place => Number(place.slice(2)));
        expect(own).toEqual(numbers(0, 100).filter(offset => partition === 1 || offset !== 61));
      }
      const [record, ...others] = await gone(destination);
      expect(others).toEqual([]);
      expect(Buffer.from(String(record?.[0]), 'base64').toString()).toBe(`${topic}-0-61`);
      expect(record?.[1]).toMatchObject({
        requestContext: { condition: 'RetryAttemptsExhausted', functionArn: functions.url, approximateInvokeCount: 2 },
        responseContext: { functionError: expect.stringContaining('61 is bad') },
        KafkaBatchInfo: { batchSize: 1, recordInfo: { offset: '61' } },
        payload: { records: { [`${topic}-0`]: [{ topic, partition: 0, offset: 61, value: base64('61') }] } },
      });
    });

    it('is dropped without a destination, after all retries', async () => {
      const topic = await topicOf(client, { count: 2 });
      functions.behave = () => ({ status: 500 });
      const trigger = await create(topic, { maximum_retry_attempts: 1 });
      await done(trigger);
      expect(functions.batches).toEqual([
        [0, 1],
        [0, 1],
      ]);
      const { partitions } = await triggers.describe(trigger.trigger_name);
      expect(partitions).toMatchObject([{ current_offset: 2, last_result: { error: expect.stringContaining('500') } }]);
    });

    it('for it is too old ends at the destination, unseen by the function', async () => {
      const topic = await client.createTopic();
      const destination = await client.createTopic();
      const now = Date.now();
      await produceV2(client, `/topics/${topic}`, [
        { value: 'old', timestamp: now - 120_000 },
        { value: 'new', timestamp: now },
      ]);
      await done(await create(topic, { maximum_record_age_in_seconds: 60, on_failure: `kafka://${destination}` }));
      expect(functions.batches).toEqual([[1]]);
      const [[, record] = [], ...others] = await gone(destination);
      expect(others).toEqual([]);
      expect(record).toMatchObject({ requestContext: { condition: 'RecordAgeExceeded', approximateInvokeCount: 0 } });
    });

    it('for it is too large ends at the destination, unseen by the function', async () => {
      const topic = await client.createTopic();
      const destination = await client.createTopic();
      await produceV2(client, `/topics/${topic}`, [{ value: 'small' }, { value: 'x'.repeat(2_000) }, { value: 'too' }]);
      await done(await create(topic, { batch_bytes: 1_024, on_failure: `kafka://${destination}` }));
      expect(functions.offsetsOf(0)).toEqual([0, 2]);
      const [[, record] = [], ...others] = await gone(destination);
      expect(others).toEqual([]);
      expect(record).toMatchObject({
        requestContext: { condition: 'MaximumPayloadSizeExceeded' },
        payload: { records: { [`${topic}-0`]: [{ offset: 1, value: base64(JSON.stringify('x'.repeat(2_000))) }] } },
      });
    });
  });

  describe('a trigger that is', () => {
    it('paused delivers nothing, and goes on where it was', async () => {
      const topic = await topicOf(client, { count: 2 });
      const trigger = await create(topic);
      await done(trigger);
      triggerIn(await triggers.send('POST', trigger.trigger_name, '/pause'));
      await produceTo(client, topic, 0, 2, 2);
      await sleep(1_500);
      expect(functions.offsetsOf(0)).toEqual([0, 1]);
      expect((await triggers.describe(trigger.trigger_name)).lag).toBe(2);
      triggerIn(await triggers.send('POST', trigger.trigger_name, '/resume'));
      await done(trigger);
      expect(functions.offsetsOf(0)).toEqual([0, 1, 2, 3]);
    });

    it('paused while its function runs ends with that event, and has committed it', async () => {
      const topic = await topicOf(client, { count: 4 });
      let goOn = () => {};
      functions.behave = () => new Promise(resolve => (goOn = () => resolve({})));
      const trigger = await create(topic, { batch_size: 2 });
      await expect.poll(() => functions.batches, eventually).toEqual([[0, 1]]);
      expect((await triggers.describe(trigger.trigger_name)).partitions).toMatchObject([{ state: 'HELD' }]);
      triggerIn(await triggers.send('POST', trigger.trigger_name, '/pause'));
      goOn();
      await expect.poll(() => triggers.offsets(trigger.trigger_name), eventually).toEqual([2]);
      await sleep(500);
      expect(functions.batches).toEqual([[0, 1]]);
      expect((await triggers.describe(trigger.trigger_name)).partitions).toMatchObject([{ state: 'IDLE' }]);
    });

    it('reset delivers from there', async () => {
      const topic = await topicOf(client, { count: 4 });
      const trigger = await create(topic);
      await done(trigger);
      triggerIn(await triggers.send('POST', trigger.trigger_name, '/pause'));
      const to = { topics: [{ topic_name: topic }], to: 'offset', offset: 2 };
      expect((await triggers.reset(trigger.trigger_name, to)).status).toBe(200);
      triggerIn(await triggers.send('POST', trigger.trigger_name, '/resume'));
      await done(trigger);
      expect(functions.offsetsOf(0)).toEqual([0, 1, 2, 3, 2, 3]);
    });

    it('deleted delivers nothing more, and another of its group goes on', async () => {
      const topic = await topicOf(client, { count: 2 });
      const trigger = await create(topic);
      await done(trigger);
      await triggers.delete(trigger.trigger_name);
      await produceTo(client, topic, 0, 2, 2);
      await sleep(1_500);
      expect(functions.offsetsOf(0)).toEqual([0, 1]);
      const others = await startFunctions();
      await done(await create(topic, { consumer_group_id: trigger.consumer_group_id, function: others.url }));
      expect(others.offsetsOf(0)).toEqual([2, 3]);
    });

    it('of a topic that is deleted, and made again, delivers the new one from its first record', async () => {
      const topic = await topicOf(client, { count: 3 });
      const trigger = await create(topic);
      await done(trigger);
      expect((await client.send('DELETE', `…/topics/${topic}`)).status).toBe(204);
      const again = () => client.post('…/topics', { topic_name: topic, partitions_count: 1 });
      await expect.poll(async () => (await again()).status, { timeout: 30_000, interval: 500 }).toBe(201);
      await produceTo(client, topic, 0, 2, 10);
      await expect
        .poll(() => functions.delivered.flatMap(({ values }) => values), eventually)
        .toEqual(['0', '1', '2', '10', '11']);
      expect(functions.offsetsOf(0)).toEqual([0, 1, 2, 0, 1]);
    }, 60_000);
  });
}
