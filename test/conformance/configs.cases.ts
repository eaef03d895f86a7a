/** The configuration of a topic: Kafka's keys, defaults and rules. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Client } from './client.ts';
import { expectError } from './support/refusals.ts';
import { listOf, topicConfig } from './support/shapes.ts';

/** Kafka's defaults. */
const defaults = {
  'cleanup.policy': 'delete',
  'compression.type': 'producer',
  'delete.retention.ms': '86400000',
  'max.compaction.lag.ms': '9223372036854775807',
  'max.message.bytes': '1048588',
  'message.timestamp.type': 'CreateTime',
  'min.cleanable.dirty.ratio': '0.5',
  'min.compaction.lag.ms': '0',
  'retention.bytes': '-1',
  'retention.ms': '604800000',
  'segment.bytes': '1073741824',
  'segment.ms': '604800000',
} as const;

const goodValues: [name: keyof typeof defaults, value: string][] = [
  ['cleanup.policy', 'compact,delete'],
  ['compression.type', 'zstd'],
  ['delete.retention.ms', '0'],
  ['max.compaction.lag.ms', '1'],
  ['max.message.bytes', '2000'],
  ['message.timestamp.type', 'LogAppendTime'],
  ['min.cleanable.dirty.ratio', '0.25'],
  ['min.compaction.lag.ms', '1000'],
  ['retention.bytes', '1000000'],
  ['retention.ms', '-1'],
  ['segment.bytes', '1048576'],
  ['segment.ms', '3600000'],
];

const badValues: [name: string, value: string][] = [
  ['cleanup.policy', 'shred'],
  ['cleanup.policy', ''],
  ['cleanup.policy', 'delete;compact'],
  ['compression.type', 'brotli'],
  ['max.message.bytes', '-1'],
  ['message.timestamp.type', 'now'],
  ['min.cleanable.dirty.ratio', '1.5'],
  ['min.cleanable.dirty.ratio', 'half'],
  ['retention.bytes', '-2'],
  ['retention.ms', '-2'],
  ['retention.ms', '1.5'],
  ['retention.ms', '0x10'],
  ['retention.ms', '7d'],
  ['retention.ms', '9223372036854775808'],
  ['segment.bytes', '13'],
  ['segment.ms', '0'],
];

export function configCases(client: Client): void {
  let configs: string;

  const inForce = async (name: string) => topicConfig.parse((await client.get(`${configs}/${name}`)).json).value;
  const put = (name: string, value: unknown) => client.send('PUT', `${configs}/${name}`, { json: { value } });
  const alter = (data: unknown, more = {}) => client.post(`${configs}:alter`, { data, ...more });

  beforeAll(async () => {
    configs = `…/topics/${await client.createTopic()}/configs`;
  });

  describe('configs', () => {
    it("are listed with Kafka's defaults", async () => {
      const fresh = await client.createTopic();
      const answer = await client.get(`…/topics/${fresh}/configs`);
      expect(answer.status).toBe(200);
      const { data } = listOf('KafkaTopicConfigList', topicConfig).parse(answer.json);
      expect(Object.fromEntries(data.map(({ name, value }) => [name, value]))).toMatchObject(defaults);
      for (const { topic_name, is_default } of data)
        expect({ topic_name, is_default }).toEqual({ topic_name: fresh, is_default: true });
    });

    it('are described one by one', async () => {
      const cluster_id = await client.clusterId();
      const name = 'retention.ms';
      const answer = await client.get(`${configs}/${name}`);
      expect(answer.status).toBe(200);
      expect(topicConfig.parse(answer.json)).toMatchObject({
        cluster_id,
        name,
        value: '604800000',
        is_read_only: false,
      });
    });

    it('that mean nothing here are read-only and tell the truth', async () => {
      const answer = await client.get(`${configs}/min.insync.replicas`);
      expect(topicConfig.parse(answer.json)).toMatchObject({ value: '1', is_read_only: true });
      const refused = await put('min.insync.replicas', '2');
      expectError(refused, { status: 400, code: 40002, message: /min\.insync\.replicas/ });
    });

    it.each(goodValues)('are set and reset: %s to %s', async (name, value) => {
      const set = await put(name, value);
      expect(set.status, set.text).toBe(204);
      expect(set.bytes).toHaveLength(0);
      expect((await client.get(`${configs}/${name}`)).json).toMatchObject({ value, is_default: false });
      const reset = await client.send('DELETE', `${configs}/${name}`);
      expect(reset.status, reset.text).toBe(204);
      expect((await client.get(`${configs}/${name}`)).json).toMatchObject({ value: defaults[name], is_default: true });
    });

    it('may be reset where they were never set', async () => {
      expect((await client.send('DELETE', `${configs}/segment.ms`)).status).toBe(204);
    });

    it.each(badValues)('are not set: %s to %j', async (name, value) => {
      const before = await inForce(name);
      const message = new RegExp(`INVALID_CONFIG.*${name.replaceAll('.', '\\.')}`);
      expectError(await put(name, value), { status: 400, code: 40002, message });
      expect(await inForce(name)).toBe(before);
    });

    it.each(['retention.minutes', 'Retention.ms', '__proto__', 'constructor', 'toString'])(
      'are refused by name where they are unknown: %s',
      async name => {
        expectError(await client.get(`${configs}/${name}`), { status: 404, code: 404 });
        expectError(await put(name, '1'), { status: [400, 404], message: new RegExp(name) });
        const altered = await alter([{ name, value: '1' }]);
        expectError(altered, { status: 400, code: 40002, message: new RegExp(name) });
      },
    );
  });

  describe('configs:alter', () => {
    it('sets and resets several at once', async () => {
      await put('segment.ms', '5000');
      const answer = await alter([
        { name: 'segment.ms', operation: 'DELETE' },
        { name: 'retention.ms', value: '1000', operation: 'SET' },
        { name: 'cleanup.policy', value: 'compact' },
      ]);
      expect(answer.status, answer.text).toBe(204);
      const values = [await inForce('segment.ms'), await inForce('retention.ms'), await inForce('cleanup.policy')];
      expect(values).toEqual(['604800000', '1000', 'compact']);
    });

    it.each([
      ['a bad value', { name: 'cleanup.policy', value: 'shred' }, /cleanup\.policy/],
      ['an unknown key', { name: 'no.such.key', value: '1' }, /no\.such\.key/],
      ['a read-only key', { name: 'min.insync.replicas', value: '3' }, /min\.insync\.replicas/],
      ['an unknown operation', { name: 'retention.ms', value: '1', operation: 'APPEND' }, undefined],
      ['no name', { value: '1' }, undefined],
    ])('changes nothing where one change has %s', async (_what, bad, message) => {
      const before = await inForce('retention.bytes');
      const answer = await alter([{ name: 'retention.bytes', value: '77' }, bad]);
      expectError(answer, { status: [400, 422], ...(message && { message }) });
      expect(await inForce('retention.bytes')).toBe(before);
    });

    it('only checks with validate_only', async () => {
      const changes = [{ name: 'segment.bytes', value: '999999' }];
      expect((await alter(changes, { validate_only: true })).status).toBe(204);
      expect(await inForce('segment.bytes')).not.toBe('999999');
      const bad = await alter([{ name: 'segment.bytes', value: 'x' }], { validate_only: true });
      expectError(bad, { status: 400, code: 40002, message: /segment\.bytes/ });
    });

    it('loses none of the changes made at the same time', async () => {
      const changes = goodValues.map(([name, value]) => put(name, value));
      expect((await Promise.all(changes)).map(({ status }) => status)).toEqual(changes.map(() => 204));
      expect(await Promise.all(goodValues.map(([name]) => inForce(name)))).toEqual(
        goodValues.map(([, value]) => value),
      );
    });
  });
}
