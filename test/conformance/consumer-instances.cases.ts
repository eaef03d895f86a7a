/** Consumer instances of v2: creating them with their settings, where they are reached, and their end. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type Client, mediaType } from './client.ts';
import {
  createdBy,
  createInstance,
  done,
  newGroup,
  pathOf,
  poll,
  postInstance,
  postTo,
  recordsOf,
  subscribed,
  topicOf,
} from './support/consumers.ts';
import { getWithBody } from './support/get-with-body.ts';
import { expectError, misfit, notJson } from './support/refusals.ts';

const badSetting = { status: 422, code: 42204 } as const;
const noInstance = { status: 404, code: 40403 } as const;

export function consumerInstanceCases(client: Client): void {
  let topic: string;

  beforeAll(async () => {
    topic = await topicOf(client, { count: 2 });
  });

  describe('a consumer instance', () => {
    it('has the name that it is given', async () => {
      const group = newGroup();
      const { id, baseUri } = createdBy(await postInstance(client, group, { name: 'one' }), group);
      expect(id).toBe('one');
      expect(baseUri.endsWith(`/consumers/${group}/instances/one`)).toBe(true);
    });

    it('has a name of its own where it is given none', async () => {
      const group = newGroup();
      const answers = await Promise.all([
        postInstance(client, group, {}),
        postInstance(client, group, { name: null }),
        client.send('POST', `/consumers/${group}`),
      ]);
      const ids = answers.map(answer => createdBy(answer, group).id);
      expect(new Set(ids).size).toBe(3);
    });

    it('is answered as v2 metadata', async () => {
      expect((await postInstance(client, newGroup(), {})).type).toBe(mediaType.v2);
    });

    it('is reached under its base URI', async () => {
      const instance = await subscribed(client, [topic], { name: 'here' });
      expect(new URL(instance.baseUri).protocol).toMatch(/^https?:$/);
      expect(recordsOf(await poll(client, instance))).toHaveLength(2);
    });

    it.each(['a b', 'ü😀', '__proto__', 'constructor', 'a?b#c', '*', ':id', '~', "it's", '-1'])(
      'may be named %j, and is reached under its base URI',
      async name => {
        const group = `${newGroup()}-${name}`;
        const instance = createdBy(await postInstance(client, group, { name }), group);
        expect(instance.id).toBe(name);
        await done(postTo(client, instance, 'subscription', { topics: [topic] }));
        expect((await client.get(`${instance.path}/subscription`)).json).toEqual({ topics: [topic] });
        await done(client.send('DELETE', instance.path));
      },
    );

    it.each(['.', '..'])('is not named so that no client reaches it: %j', async name => {
      const group = newGroup();
      const answer = await postInstance(client, group, { name });
      if (answer.status !== 200) return void expectError(answer, badSetting);
      const { path } = createdBy(answer, group);
      expect((await client.get(`${path}/subscription`)).status).toBe(200);
    });

    it('is refused where one of its name lives, whatever its settings', async () => {
      const { group, id } = await createInstance(client, { name: 'twice' });
      for (const settings of [{ name: id }, { name: id, format: 'json' }]) {
        expectError(await postInstance(client, group, settings), { status: 409, code: 40902, message: /twice/ });
      }
      createdBy(await postInstance(client, newGroup(), { name: id }), group);
    });

    it('may have the name of one that was deleted', async () => {
      const { group, path } = await createInstance(client, { name: 'again' });
      await done(client.send('DELETE', path));
      createdBy(await postInstance(client, group, { name: 'again' }), group);
    });
  });

  describe('the base URI of an instance', () => {
    const baseUriBehind = async (headers: Readonly<Record<string, string>>) => {
      const group = newGroup();
      const answer = await client.send('POST', `/consumers/${group}`, { json: { name: 'i' }, headers });
      return createdBy(answer, group).baseUri.replace(group, 'g');
    };

    const clustersBehind = async (headers: Readonly<Record<string, string>>) => {
      const { metadata } = (await client.send('GET', '/v3/clusters', { headers })).json as {
        metadata: { self: string };
      };
      return metadata.self;
    };

    it.each([
      {},
      { 'x-forwarded-proto': 'https' },
      { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'kafka.example.com' },
      {
        'x-forwarded-proto': 'https',
        'x-forwarded-host': 'kafka.example.com:8443',
        'x-forwarded-prefix': '/prod/kafka',
      },
    ])('begins as all links do behind %j', async headers => {
      const clusters = await clustersBehind(headers);
      expect(await baseUriBehind(headers)).toBe(clusters.replace(/\/v3\/clusters$/, '/consumers/g/instances/i'));
    });

    it('has nothing of headers that are no part of a URL', async () => {
      const headers = { 'x-forwarded-proto': 'javascript', 'x-forwarded-host': 'a/b?c', 'x-forwarded-prefix': '//x' };
      expect(await baseUriBehind(headers)).toMatch(/^https?:\/\/[^/?]+(\/[\w-]+)?\/consumers\/g\/instances\/i$/);
    });
  });

  describe('the settings of an instance', () => {
    it.each([
      ['format', 'json'],
      ['format', 'binary'],
      ['auto.offset.reset', 'earliest'],
      ['auto.offset.reset', 'latest'],
      ['auto.offset.reset', 'none'],
      ['auto.commit.enable', 'true'],
      ['auto.commit.enable', 'false'],
      ['auto.commit.enable', true],
      ['auto.commit.enable', false],
      ['fetch.min.bytes', '1'],
      ['fetch.min.bytes', 1],
      ['fetch.min.bytes', '-1'],
      ['fetch.min.bytes', -1],
      ['fetch.min.bytes', '10000000'],
      ['fetch.min.bytes', 10_000_000],
      ['consumer.request.timeout.ms', '0'],
      ['consumer.request.timeout.ms', 0],
      ['consumer.request.timeout.ms', '24999'],
      ['consumer.request.timeout.ms', 25_000],
      ['session.timeout.ms', '6000'],
      ['session.timeout.ms', 6_001],
      ['session.timeout.ms', 1_799_999],
      ['session.timeout.ms', '1800000'],
      ['format', null],
      ['auto.commit.enable', null],
      ['session.timeout.ms', null],
    ])('may have %s = %j', async (name, value) => {
      const group = newGroup();
      createdBy(await postInstance(client, group, { [name]: value }), group);
    });

    it.each([
      ['format', 'avro'],
      ['format', 'JSON'],
      ['format', ''],
      ['format', 1],
      ['auto.offset.reset', 'smallest'],
      ['auto.offset.reset', true],
      ['auto.commit.enable', 'yes'],
      ['auto.commit.enable', 1],
      ['fetch.min.bytes', '-2'],
      ['fetch.min.bytes', -2],
      ['fetch.min.bytes', 10_000_001],
      ['fetch.min.bytes', 1.5],
      ['fetch.min.bytes', '1e3'],
      ['fetch.min.bytes', ''],
      ['consumer.request.timeout.ms', -1],
      ['consumer.request.timeout.ms', '25001'],
      ['session.timeout.ms', 5_999],
      ['session.timeout.ms', '5999'],
      ['session.timeout.ms', 1_800_001],
      ['session.timeout.ms', {}],
      ['name', ''],
      ['name', 7],
      ['name', 'a\u0000b'],
      ['name', 'a\nb'],
      ['auto.commit.interval.ms', '100'],
      ['group.id', 'other'],
      ['__proto__', 'x'],
      ['constructor', 'x'],
    ])('may not have %s = %j', async (name, value) => {
      const body = `{${JSON.stringify(name)}: ${JSON.stringify(value)}}`;
      const answer = await client.send('POST', `/consumers/${newGroup()}`, { body, type: mediaType.v2 });
      expectError(answer, { ...badSetting, message: new RegExp(name.replaceAll('.', '\\.')) });
    });

    it.each(['[]', '"json"', '7', 'null'])('are an object: %s', async body => {
      const answer = await client.send('POST', `/consumers/${newGroup()}`, { body, type: mediaType.v2 });
      expectError(answer, badSetting);
    });

    it('are JSON', async () => {
      const answer = await client.send('POST', `/consumers/${newGroup()}`, { body: '{"name":', type: mediaType.v2 });
      expectError(answer, notJson);
    });

    it.each([mediaType.v2, 'application/vnd.kafka+json', 'application/json', undefined])(
      'may be sent as %s',
      async type => {
        const group = newGroup();
        const sent = { body: '{"name": "i"}', ...(type && { type }) };
        createdBy(await client.send('POST', `/consumers/${group}`, sent), group);
      },
    );

    it.each(['text/plain', mediaType.json, 'application/xml'])('may not be sent as %s', async type => {
      const answer = await client.send('POST', `/consumers/${newGroup()}`, { body: '{}', type });
      expectError(answer, { status: 415, code: 415 });
    });
  });

  describe('an instance that was deleted', () => {
    it('is unknown to every route', async () => {
      const gone = await subscribed(client, [topic]);
      const { path } = gone;
      await done(client.send('DELETE', path));
      const partitions = [{ topic, partition: 0 }];
      const answers = [
        await client.send('DELETE', path),
        await poll(client, gone),
        await client.get(`${path}/subscription`),
        await postTo(client, gone, 'subscription', { topics: [topic] }),
        await client.send('DELETE', `${path}/subscription`),
        await client.get(`${path}/assignments`),
        await postTo(client, gone, 'assignments', { partitions }),
        await client.get(`${path}/positions`),
        await postTo(client, gone, 'positions', { offsets: [{ topic, partition: 0, offset: 0 }] }),
        await postTo(client, gone, 'positions/beginning', { partitions }),
        await postTo(client, gone, 'positions/end', { partitions }),
        await client.get(`${path}/offsets`),
        await getWithBody(client, `${path}/offsets`, JSON.stringify({ partitions })),
        await client.send('POST', `${path}/offsets`),
        await postTo(client, gone, 'offsets', { offsets: [{ topic, partition: 0, offset: 0 }] }),
      ];
      for (const answer of answers) expectError(answer, noInstance);
    });

    it.each(['__proto__', 'constructor', 'no such', 'a%00b', '😀'])('is as unknown as %s', async name => {
      const { group } = await createInstance(client);
      for (const path of [`/consumers/${group}/instances/${name}`, `/consumers/${name}x/instances/i`]) {
        expectError(await client.get(`${path}/assignments`), { status: [400, 404] });
        expectError(await client.send('DELETE', path), { status: [400, 404] });
      }
    });
  });

  describe('a body of another shape', () => {
    it.each([
      ['subscription', {}],
      ['subscription', { topics: 't' }],
      ['subscription', { topics: [] }],
      ['subscription', { topics: [1] }],
      ['subscription', { topic: 't' }],
      ['subscription', { topic_pattern: '' }],
      ['assignments', {}],
      ['assignments', { partitions: [{ topic: 't' }] }],
      ['assignments', { partitions: [{ topic: 't', partition: -1 }] }],
      ['assignments', { partitions: [{ topic: 't', partition: '0' }] }],
      ['assignments', { partitions: [{ topic: 't', partition: 0, offset: 1 }] }],
      ['positions', {}],
      ['positions', { offsets: [{ topic: 't', partition: 0 }] }],
      ['positions', { offsets: [{ topic: 't', partition: 0, offset: -1 }] }],
      ['positions', { offsets: [{ topic: 't', partition: 0, offset: 1.5 }] }],
      ['positions', { timestamps: [{ topic: 't', partition: 0, timestamp: 'yesterday' }] }],
      ['positions/beginning', {}],
      ['positions/beginning', { partitions: [{}] }],
      ['positions/end', { offsets: [] }],
      ['offsets', { partitions: [] }],
      ['offsets', { offsets: [{ topic: 't', partition: 0 }] }],
      ['offsets', { offsets: [{ topic: 't', partition: 0, offset: -1 }] }],
      ['offsets', { offsets: [{ topic: 't', partition: 0, offset: 9_007_199_254_740_991 }] }],
      ['offsets', { offsets: [{ topic: 't', partition: 0, offset: 0, metadata: 1 }] }],
    ])('is refused: %s %j', async (part, body) => {
      expectError(await postTo(client, await createInstance(client), part, body), misfit);
    });

    it.each(['subscription', 'assignments', 'positions', 'positions/beginning', 'positions/end'])(
      'is refused where there is none, or no JSON: %s',
      async part => {
        const { baseUri } = await createInstance(client);
        const path = `${pathOf(baseUri)}/${part}`;
        expectError(await client.send('POST', path), misfit);
        expectError(await client.send('POST', path, { body: '{"topics":', type: mediaType.v2 }), notJson);
        expectError(await client.send('POST', path, { body: '{}', type: 'text/plain' }), { status: 415, code: 415 });
      },
    );
  });
}
