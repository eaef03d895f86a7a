import { describe, expect, it } from 'vitest';
import { limits } from '../../../lib/protocol/limits.ts';
import { topicConfig, topicConfigKeys } from '../../../lib/protocol/topic-config.ts';
import { errorOf, jsonOf, send, testApp } from '../support.ts';

describe('a topic', () => {
  it('is created, described, listed, given partitions and deleted on v3', async () => {
    const { app, v3 } = await testApp();
    const created = await app.request(`${v3}/topics`, send({ topic_name: 't', partitions_count: 2 }));
    const url = `http://localhost${v3}/topics/t`;
    const topic = {
      kind: 'KafkaTopic',
      metadata: { self: url, resource_name: `crn:///kafka=${v3.split('/').at(-1)}/topic=t` },
      cluster_id: v3.split('/').at(-1),
      topic_name: 't',
      is_internal: false,
      replication_factor: 1,
      partitions_count: 2,
      partitions: { related: `${url}/partitions` },
      configs: { related: `${url}/configs` },
      partition_reassignments: { related: `${url}/partitions/-/reassignment` },
      authorized_operations: [],
    };
    expect([created.status, created.headers.get('Location')]).toEqual([201, url]);
    expect(await created.json()).toEqual(topic);
    expect(await jsonOf(app.request(`${v3}/topics/t`))).toEqual(topic);
    expect(await jsonOf(app.request(`${v3}/topics`))).toEqual({
      kind: 'KafkaTopicList',
      metadata: { self: `http://localhost${v3}/topics`, next: null },
      data: [topic],
    });
    const patch = send({ partitions_count: 3 }, 'application/json', 'PATCH');
    expect(await jsonOf(app.request(`${v3}/topics/t`, patch))).toEqual({ ...topic, partitions_count: 3 });
    const deleted = await app.request(`${v3}/topics/t`, { method: 'DELETE' });
    expect([deleted.status, await deleted.text()]).toEqual([204, '']);
    expect(await errorOf(app.request(`${v3}/topics/t`))).toMatchObject({ status: 404, error_code: 40403 });
  });

  it('is only checked where validate_only is set', async () => {
    const { app, v3, topic } = await testApp();
    const sent = send({ topic_name: 't', validate_only: true });
    expect((await app.request(`${v3}/topics`, sent)).status).toBe(200);
    expect(await jsonOf(app.request('/topics'))).toEqual([]);
    await topic('t');
    expect(await errorOf(app.request(`${v3}/topics`, sent))).toMatchObject({ status: 400, error_code: 40002 });
  });

  it.each([
    [{ topic_name: 't' }, 400, 40002, "TOPIC_ALREADY_EXISTS: topic 't' already exists."],
    [{ topic_name: 'a/b' }, 400, 40002, 'INVALID_TOPIC_EXCEPTION'],
    [{ topic_name: 'x'.repeat(limits.topicNameLength + 1) }, 400, 40002, 'the limit is 249'],
    [{ topic_name: 'n', partitions_count: 0 }, 400, 40002, 'INVALID_PARTITIONS: 0 partitions'],
    [{ topic_name: 'n', partitions_count: limits.partitionsPerTopic + 1 }, 400, 40002, 'a topic has 1 to 1000'],
    [{ topic_name: 'n', partitions_count: 1.5 }, 422, 422, 'partitions_count: '],
    [{ topic_name: 'n', replication_factor: 0 }, 400, 40002, 'INVALID_REPLICATION_FACTOR'],
    [{ topic_name: 'n', configs: [{ name: 'nope', value: '1' }] }, 400, 40002, "unknown topic config 'nope'"],
    [{ topic_name: 'n', configs: [{ name: '__proto__', value: '1' }] }, 400, 40002, "unknown topic config '__proto__'"],
    [
      { topic_name: 'n', configs: [{ name: 'retention.ms', value: 'x' }] },
      400,
      40002,
      "invalid value 'x' for retention.ms",
    ],
    [
      { topic_name: 'n', configs: [0, 1].map(n => ({ name: 'retention.ms', value: `${n}` })) },
      400,
      40002,
      'more than once',
    ],
    [{}, 422, 422, 'topic_name: invalid input: expected string'],
    [[], 422, 422, 'invalid input: expected object'],
    [{ topic_name: 'n', partitions: 3 }, 422, 422, 'unrecognized key: "partitions"'],
  ])('is not created from %j', async (body, status, error_code, message) => {
    const { app, v3, topic } = await testApp();
    await topic('t');
    const error = await errorOf(app.request(`${v3}/topics`, send(body)));
    expect(error).toEqual({ status, error_code, message: expect.stringContaining(message) });
    expect(await jsonOf(app.request('/topics'))).toEqual(['t']);
  });

  it('has its name free again a while after it was deleted', async () => {
    const { app, v3, topic, stores } = await testApp();
    await topic('t');
    await app.request(`${v3}/topics/t`, { method: 'DELETE' });
    const again = await app.request(`${v3}/topics`, send({ topic_name: 't' }));
    expect(again.headers.get('Retry-After')).toBe('1');
    expect(await errorOf(again)).toMatchObject({ status: 409, error_code: 40914 });
    await stores.clock.advance(16_000);
    await topic('t');
  });

  it('never loses partitions', async () => {
    const { app, v3, topic } = await testApp();
    await topic('t', 3);
    for (const partitions_count of [2, 3]) {
      const patch = send({ partitions_count }, 'application/json', 'PATCH');
      expect(await errorOf(app.request(`${v3}/topics/t`, patch))).toMatchObject({ status: 400, error_code: 40002 });
    }
  });

  it('is described on v2, with its configuration and partitions', async () => {
    const { app, services, topic } = await testApp();
    await topic('t', 2, { 'retention.ms': '5' });
    const leader = services.worker.brokerId;
    const replicas = [{ broker: leader, leader: true, in_sync: true }];
    const partitions = [0, 1].map(partition => ({ partition, leader, leader_epoch: 0, replicas }));
    const defaults = Object.fromEntries(topicConfigKeys.map(key => [key, topicConfig[key].default]));
    const response = await app.request('/topics/t');
    expect(response.headers.get('Content-Type')).toBe('application/vnd.kafka.v2+json');
    expect(await response.json()).toEqual({ name: 't', configs: { ...defaults, 'retention.ms': '5' }, partitions });
    expect(await jsonOf(app.request('/topics/t/partitions'))).toEqual(partitions);
    expect(await jsonOf(app.request('/topics/t/partitions/1'))).toEqual(partitions[1]);
  });
});

describe('the configuration of a topic', () => {
  it('tells of each config its value and where it is from', async () => {
    const { app, v3, topic } = await testApp();
    await topic('t', 1, { 'compression.type': 'gzip' });
    const path = `${v3}/topics/t/configs`;
    const { data } = await jsonOf(app.request(path));
    expect(data.map((config: { name: string }) => config.name)).toEqual(topicConfigKeys);
    const byDefault = { name: 'compression.type', value: 'producer', source: 'DEFAULT_CONFIG' };
    const set = { name: 'compression.type', value: 'gzip', source: 'DYNAMIC_TOPIC_CONFIG' };
    expect(await jsonOf(app.request(`${path}/compression.type`))).toEqual({
      kind: 'KafkaTopicConfig',
      metadata: {
        self: `http://localhost${path}/compression.type`,
        resource_name: `crn:///kafka=${v3.split('/').at(-1)}/topic=t/config=compression.type`,
      },
      cluster_id: v3.split('/').at(-1),
      topic_name: 't',
      ...set,
      is_default: false,
      is_read_only: false,
      is_sensitive: false,
      synonyms: [set, byDefault],
    });
    expect(await jsonOf(app.request(`${path}/flush.ms`))).toMatchObject({ is_default: true, is_read_only: true });
  });

  it('is set, set back and changed in one', async () => {
    const { app, v3, topic } = await testApp();
    await topic('t');
    const path = `${v3}/topics/t/configs`;
    const value = async (name: string) => (await jsonOf(app.request(`${path}/${name}`))).value;
    expect((await app.request(`${path}/retention.ms`, send({ value: '5' }, 'application/json', 'PUT'))).status).toBe(
      204,
    );
    expect(await value('retention.ms')).toBe('5');
    const data = [
      { name: 'retention.ms', operation: 'DELETE' },
      { name: 'segment.ms', operation: 'SET', value: '6' },
      { name: 'retention.bytes', value: '7' },
    ];
    expect((await app.request(`${path}:alter`, send({ data, validate_only: true }))).status).toBe(204);
    expect(await value('segment.ms')).not.toBe('6');
    expect((await app.request(`${path}:alter`, send({ data }))).status).toBe(204);
    expect(await Promise.all(['retention.ms', 'segment.ms', 'retention.bytes'].map(value))).toEqual([
      '604800000',
      '6',
      '7',
    ]);
    expect((await app.request(`${path}/segment.ms`, { method: 'DELETE' })).status).toBe(204);
    expect(await value('segment.ms')).toBe('604800000');
  });

  it('is not changed at all where one change is bad', async () => {
    const { app, v3, topic } = await testApp();
    await topic('t');
    const path = `${v3}/topics/t/configs`;
    const data = [
      { name: 'retention.ms', value: '5' },
      { name: 'nope', value: '6' },
    ];
    expect(await errorOf(app.request(`${path}:alter`, send({ data })))).toMatchObject({
      status: 400,
      error_code: 40002,
    });
    expect((await jsonOf(app.request(`${path}/retention.ms`))).value).toBe('604800000');
  });

  it.each([
    ['GET', 'nope', undefined, 404, 404],
    ['GET', 'constructor', undefined, 404, 404],
    ['PUT', 'nope', { value: '1' }, 400, 40002],
    ['PUT', 'flush.ms', { value: '1' }, 400, 40002],
    ['PUT', 'retention.ms', { value: '-2' }, 400, 40002],
    ['PUT', 'retention.ms', { value: 5 }, 422, 422],
    ['PUT', 'retention.ms', {}, 422, 422],
    ['DELETE', 'flush.ms', undefined, 400, 40002],
    ['DELETE', 'nope', undefined, 400, 40002],
  ])('refuses %s of %s with %j', async (method, name, body, status, error_code) => {
    const { app, v3, topic } = await testApp();
    await topic('t');
    const init = body ? send(body, 'application/json', method) : { method };
    expect(await errorOf(app.request(`${v3}/topics/t/configs/${name}`, init))).toMatchObject({ status, error_code });
  });
});
