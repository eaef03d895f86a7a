/** Polls of a consumer instance of v2: formats, sizes, waiting, and answers that are lost on their way. */
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Client, mediaType } from './client.ts';
import {
  assigned,
  commit,
  committedOf,
  createInstance,
  done,
  placesOf,
  poll,
  pollFor,
  pollIdOf,
  postInstance,
  postTo,
  produceTo,
  recordsOf,
  sharing,
  subscribed,
  topicOf,
} from './support/consumers.ts';
import { groupOffsets } from './support/groups.ts';
import { base64, produceV2, produceV3, stringOf, valuesOf } from './support/produce.ts';
import { expectError } from './support/refusals.ts';

const ONE = { maxBytes: 1 } as const;

export function consumerRecordCases(client: Client): void {
  let topic: string;

  beforeAll(async () => {
    topic = await topicOf(client);
  });

  describe('a poll', () => {
    it('answers records with headers and timestamps, keyless ones and tombstones', async () => {
      const mixed = await client.createTopic();
      await produceV2(client, `/topics/${mixed}`, [
        { key: 'k', value: { n: 0 }, timestamp: 1_000, headers: [{ key: 'h', value: base64('x') }] },
        { value: [1], timestamp: 2_000, headers: [{ key: 'none', value: null }] },
        { key: 7, value: null, timestamp: 3_000 },
      ]);
      const at = { topic: mixed, partition: 0 };
      const json = await assigned(client, mixed, [0]);
      expect(await pollFor(client, json, 3)).toEqual([
        { ...at, offset: 0, timestamp: 1_000, key: 'k', value: { n: 0 }, headers: [{ key: 'h', value: base64('x') }] },
        { ...at, offset: 1, timestamp: 2_000, key: null, value: [1], headers: [{ key: 'none', value: null }] },
        { ...at, offset: 2, timestamp: 3_000, key: 7, value: null, headers: [] },
      ]);
      const binary = await assigned(client, mixed, [0], { format: 'binary' });
      expect(await pollFor(client, binary, 3, { accept: mediaType.binary })).toMatchObject([
        { key: base64('"k"'), value: base64('{"n":0}') },
        { key: null, value: base64('[1]') },
        { key: base64('7'), value: null },
      ]);
    });

    it('goes on where the last one ended, and is empty at the end', async () => {
      const instance = await subscribed(client, [topic]);
      expect(placesOf(await pollFor(client, instance, 5))).toEqual(['0:000', '0:001', '0:002', '0:003', '0:004']);
      expect(recordsOf(await poll(client, instance, { timeout: 0 }))).toEqual([]);
    });

    it('is cut by max_bytes, but never below one record', async () => {
      const instance = await subscribed(client, [topic]);
      expect(recordsOf(await poll(client, instance, { maxBytes: 1 }))).toHaveLength(1);
      expect(recordsOf(await poll(client, instance, { maxBytes: 2 })).length).toBeLessThanOrEqual(2);
      await pollFor(client, await subscribed(client, [topic]), 5, ONE);
    });

    it('is cut by max_bytes across partitions', async () => {
      const wide = await topicOf(client, { partitions: 3, count: 3 });
      const instance = await assigned(client, wide, [0, 1, 2]);
      expect(recordsOf(await poll(client, instance, ONE))).toHaveLength(1);
      const others = await pollFor(client, instance, 8, ONE);
      expect(new Set(others.map(({ partition }) => partition)).size).toBe(3);
    });

    it.each(['max_bytes=1', 'max_bytes=67108864', 'timeout=0', 'timeout=1', 'unknown=1', ''])(
      'may be asked for with %s',
      async query => {
        const instance = await assigned(client, topic, [0]);
        expect((await client.get(`${instance.path}/records?${query}`, mediaType.json)).status).toBe(200);
      },
    );

    it.each([
      'max_bytes=0',
      'max_bytes=67108865',
      'max_bytes=-1',
      'max_bytes=1.0',
      'max_bytes=',
      'timeout=-1',
      'timeout=25001',
      'timeout=1e3',
      'timeout=0&timeout=0',
    ])('may not be asked for with %s, and loses nothing by it', async query => {
      const instance = await assigned(client, topic, [0]);
      const answer = await client.get(`${instance.path}/records?${query}`, mediaType.json);
      expectError(answer, { status: 400, code: 400, message: new RegExp(query.slice(0, query.indexOf('='))) });
      expect(await pollFor(client, instance, 5)).toHaveLength(5);
    });

    it('is refused to an instance that reads nothing', async () => {
      const instance = await createInstance(client);
      expectError(await poll(client, instance), { status: 409, code: 40903 });
    });

    it('is what HEAD is not: it takes no record', async () => {
      const instance = await assigned(client, topic, [0]);
      const answer = await client.send('HEAD', `${instance.path}/records`, { accept: mediaType.json });
      expect(answer.status).toBe(405);
      expect(recordsOf(await poll(client, instance))[0]?.offset).toBe(0);
    });
  });

  describe('the format of an instance', () => {
    const typeOf = { json: mediaType.json, binary: mediaType.binary } as const;

    it.each(['json', 'binary'] as const)('is what polls are answered in: %s', async format => {
      for (const accept of [typeOf[format], undefined, '*/*', 'application/*']) {
        const instance = await assigned(client, topic, [0], { format });
        const answer = await client.send('GET', `${instance.path}/records`, accept ? { accept } : {});
        expect(recordsOf(answer)[1]?.value).toBe(format === 'json' ? 1 : base64('1'));
        expect(answer.type, `for Accept ${accept}`).toBe(typeOf[format]);
      }
    });

    it.each(['application/json', 'application/vnd.kafka.v2+json', 'application/vnd.kafka+json'])(
      'is what polls are answered in as %s',
      async accept => {
        const json = await assigned(client, topic, [0]);
        expect((await pollFor(client, json, 5, { accept }))[1]?.value).toBe(1);
        const binary = await assigned(client, topic, [0], { format: 'binary' });
        expect((await pollFor(client, binary, 5, { accept }))[1]?.value).toBe(base64('1'));
      },
    );

    it('is binary where none was given', async () => {
      const group = `${client.newName()}-group`;
      const answer = await postInstance(client, group, { name: 'i', 'auto.offset.reset': 'earliest' });
      expect(answer.status).toBe(200);
      const instance = { group, id: 'i', path: `/consumers/${group}/instances/i`, baseUri: '' };
      await done(postTo(client, instance, 'assignments', { partitions: [{ topic, partition: 0 }] }));
      expect((await pollFor(client, instance, 5, { accept: mediaType.binary }))[0]?.value).toBe(base64('0'));
    });

    it('is not what another is accepted for, and nothing is lost by asking', async () => {
      const mismatch = { status: 406, code: 40601 } as const;
      const json = await assigned(client, topic, [0]);
      expectError(await poll(client, json, { accept: mediaType.binary }), mismatch);
      expectError(await poll(client, json, { accept: 'Application/Vnd.Kafka.Binary.V2+JSON' }), mismatch);
      expect(recordsOf(await poll(client, json))[0]?.offset).toBe(0);
      const binary = await assigned(client, topic, [0], { format: 'binary' });
      expectError(await poll(client, binary, { accept: mediaType.json }), mismatch);
      expect(recordsOf(await poll(client, binary, { accept: mediaType.binary }))[0]?.offset).toBe(0);
    });

    it.each(['text/html', 'application/vnd.kafka.avro.v2+json', mediaType.batch])('is not %s', async accept => {
      expectError(await poll(client, await assigned(client, topic, [0]), { accept }), { status: 406, code: 406 });
    });
  });

  describe('a record that is not JSON, read as JSON', () => {
    it('is named by its offset each time, and stepped over by a seek', async () => {
      const mixed = await client.createTopic();
      for (const value of ['1', 'not json', '{"a":2}']) await produceV3(client, mixed, { value: stringOf(value) });
      const instance = await assigned(client, mixed, [0]);
      expect(await pollFor(client, instance, 1)).toMatchObject([{ offset: 0, value: 1 }]);
      const message = new RegExp(`value deserialization error for format json: ${mixed}-0 at offset 1`);
      for (let times = 0; times < 2; times++) {
        expectError(await poll(client, instance), { status: 422, code: 42203, message });
      }
      const offsets = [{ topic: mixed, partition: 0, offset: 2 }];
      await done(postTo(client, instance, 'positions', { offsets }));
      expect(await pollFor(client, instance, 1)).toMatchObject([{ offset: 2, value: { a: 2 } }]);
    });

    it('does not keep other partitions from being read', async () => {
      const mixed = await client.createTopic({ partitions: 2 });
      await produceV3(client, mixed, { partition_id: 0, value: stringOf('no') });
      await produceTo(client, mixed, 1, 3);
      const instance = await assigned(client, mixed, [0, 1]);
      expect(placesOf(await pollFor(client, instance, 3))).toEqual(['1:000', '1:001', '1:002']);
      expectError(await poll(client, instance), { status: 422, code: 42203, message: new RegExp(`${mixed}-0 at`) });
    });
  });

  describe.concurrent('a poll at the end', sharing, () => {
    const elapsed = async (work: () => Promise<unknown>) => {
      const began = performance.now();
      await work();
      return performance.now() - began;
    };

    it('waits as long as it is told, else as the instance says', async () => {
      const empty = await client.createTopic();
      const instance = await assigned(client, empty, [0], { 'consumer.request.timeout.ms': '1500' });
      const get = (query: string) => () => client.get(`${instance.path}/records${query}`, mediaType.json);
      expect(await elapsed(get(''))).toBeGreaterThan(1_400);
      expect(await elapsed(get('?timeout=2500'))).toBeGreaterThan(2_400);
      const patient = await assigned(client, empty, [0], { 'consumer.request.timeout.ms': 25_000 });
      expect(await elapsed(() => poll(client, patient, { timeout: 0 }))).toBeLessThan(10_000);
    });

    it('is woken by an append', async () => {
      const fresh = await client.createTopic();
      const instance = await assigned(client, fresh, [0]);
      const waiting = poll(client, instance, { timeout: 20_000 });
      await sleep(500);
      await produceV2(client, `/topics/${fresh}`, valuesOf('awake'));
      const woken = await elapsed(async () => expect(recordsOf(await waiting)).toMatchObject([{ value: 'awake' }]));
      expect(woken).toBeLessThan(10_000);
    });

    it('waits for fetch.min.bytes, and gives what there is in the end', async () => {
      const instance = await assigned(client, topic, [0], { 'fetch.min.bytes': '1000000' });
      let count = 0;
      const took = await elapsed(async () => {
        count = recordsOf(await poll(client, instance, { timeout: 1_500 })).length;
      });
      expect(count).toBe(5);
      expect(took).toBeGreaterThan(1_400);
    });

    it('does not cost the instance its session', async () => {
      const instance = await assigned(client, await client.createTopic(), [0], { 'session.timeout.ms': 6_000 });
      expect(await elapsed(() => poll(client, instance, { timeout: 20_000 }))).toBeLessThan(6_000);
      expect(recordsOf(await poll(client, instance, { timeout: 0 }))).toEqual([]);
    });
  });

  describe.concurrent('an instance that is silent for its session', sharing, () => {
    it('is gone, and its name free', async () => {
      const instance = await subscribed(client, [topic], { name: 'quiet', 'session.timeout.ms': '6000' });
      await sleep(7_500);
      expectError(await poll(client, instance), { status: 404, code: 40403 });
      const next = await subscribed(client, [topic], { name: 'quiet' }, instance.group);
      expect(await pollFor(client, next, 5)).toHaveLength(5);
    });
  });

  describe('an answer that was lost', () => {
    it('is not given again to a client that does not say what it has', async () => {
      const instance = await subscribed(client, [topic]);
      const first = recordsOf(await poll(client, instance, ONE));
      const second = recordsOf(await poll(client, instance, ONE));
      expect([first[0]?.offset, second[0]?.offset]).toEqual([0, 1]);
    });

    it('is given again to a client that says what it has', async () => {
      const instance = await subscribed(client, [topic]);
      const polled = async (pollId: string) => {
        const answer = await poll(client, instance, { ...ONE, pollId });
        return { offset: recordsOf(answer)[0]?.offset, id: pollIdOf(answer) };
      };
      const lost = await polled('');
      const first = await polled('');
      expect([lost.offset, first.offset]).toEqual([0, 0]);
      const lostToo = await polled(first.id);
      const second = await polled(first.id);
      expect([lostToo.offset, second.offset]).toEqual([1, 1]);
      expect((await polled(second.id)).offset).toBe(2);
    });

    it('keeps its id while there is nothing new', async () => {
      const instance = await subscribed(client, [topic]);
      const id = pollIdOf(await poll(client, instance, { pollId: '' }));
      const empty = await poll(client, instance, { pollId: id, timeout: 0 });
      expect(recordsOf(empty)).toEqual([]);
      expect(pollIdOf(empty)).toBe(id);
      expect(recordsOf(await poll(client, instance, { pollId: id, timeout: 0 }))).toEqual([]);
    });

    it.each([
      ['POST', '/offsets'],
      ['DELETE', ''],
      ['DELETE', '/subscription'],
    ])('is not committed by a client that says what it has: %s %s', async (method, part) => {
      const settings = { 'auto.commit.enable': method === 'DELETE' };
      const instance = await subscribed(client, [topic], settings);
      const id = pollIdOf(await poll(client, instance, { ...ONE, pollId: '' }));
      expect(recordsOf(await poll(client, instance, { ...ONE, pollId: id }))[0]?.offset).toBe(1);
      const headers = { 'millrace-poll-id': id };
      expect((await client.send(method, `${instance.path}${part}`, { headers })).status).toBeLessThan(300);
      expect(await groupOffsets(client, instance.group)).toEqual({ 0: 1 });
    });

    it('is committed with the rest by a client that does not say', async () => {
      const instance = await subscribed(client, [topic]);
      await poll(client, instance, ONE);
      await commit(client, instance);
      expect(await committedOf(client, instance)).toEqual({ 0: 1 });
    });
  });
}
