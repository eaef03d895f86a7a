/** What the settings of a trigger may be: each limit one below, at and one above, wrong types, unknown members. */
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Client } from './client.ts';
import { newGroup, topicOf } from './support/consumers.ts';
import { expectError, malformed, misfit, notJson } from './support/refusals.ts';
import { createdBy, pathOfTrigger, type TriggerBody, Triggers, triggerIn, triggersPath } from './support/triggers.ts';

const NAME_LENGTH = 128;
const GROUP_LENGTH = 255;
const TOPICS = 10;
const FUNCTION_LENGTH = 2_048;
const FILTERS = 10;
const FILTER_LENGTH = 4_096;
const FILTER_DEPTH = 20;

/** Every setting that is a number: the least and the most that it may be, and whether -1 is taken too. */
const numbers: readonly (readonly [name: string, least: number, most: number, isEndless?: boolean])[] = [
  ['function_timeout_in_seconds', 1, 780],
  ['batch_size', 1, 10_000],
  ['batch_bytes', 1_024, 6_291_455],
  ['maximum_batching_window_in_seconds', 0, 300],
  ['maximum_retry_attempts', 0, 10_000, true],
  ['maximum_record_age_in_seconds', 60, 604_800, true],
];

const taken = numbers.flatMap(([name, least, most, isEndless]) =>
  [least, least + 1, most - 1, most, ...(isEndless ? [-1] : [])].map(value => [name, value] as const),
);

const refused = numbers.flatMap(([name, least, most, isEndless]) =>
  [least - 1, most + 1, -2, Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER]
    .filter(value => !(isEndless && value === -1))
    .map(value => [name, value, value < least ? least : most] as const),
);

/** What is no whole number. */
const noNumbers = [1.5, '1', true, [], {}, [1]];

/** Members that are of another type than they have to be. */
const misfits: readonly (readonly [name: string, value: unknown])[] = [
  ['trigger_name', null],
  ['trigger_name', 1],
  ['topics', null],
  ['topics', 'a topic'],
  ['topics', [1]],
  ['topics', [null]],
  ['topics', [['t']]],
  ['topics', {}],
  ['function', null],
  ['function', 1],
  ['function', ['f']],
  ['function', {}],
  ['consumer_group_id', 1],
  ['consumer_group_id', ['g']],
  ['starting_position', 'EARLIEST'],
  ['starting_position', 'latest'],
  ['starting_position', 1],
  ['starting_position', ''],
  ['starting_position_timestamp', 1_700_000_000],
  ['starting_position_timestamp', 'now'],
  ['starting_position_timestamp', '2026-02-30T00:00:00Z'],
  ['starting_position_timestamp', '2026-01-01T00:00:00'],
  ['starting_position_timestamp', ''],
  ['filters', {}],
  ['filters', '[]'],
  ['filters', [1]],
  ['filters', [null]],
  ['filters', [[]]],
  ['filters', ['{"value":["a"]}']],
  ['bisect_batch_on_function_error', 'true'],
  ['bisect_batch_on_function_error', 1],
  ['function_response_types', 'ReportBatchItemFailures'],
  ['function_response_types', ['reportBatchItemFailures']],
  ['function_response_types', ['ReportBatchItemFailures', 'ReportBatchItemFailures']],
  ['function_response_types', [null]],
  ['on_failure', 1],
  ['on_failure', ['kafka://t']],
  ['on_failure', { destination: 'kafka://t' }],
  ['enabled', 'true'],
  ['enabled', 0],
];

/** What only a new trigger has; a change does not know them. */
const chosenOnce = ['trigger_name', 'topics', 'consumer_group_id', 'starting_position', 'starting_position_timestamp'];

export function triggerSettingCases(client: Client): void {
  const triggers = new Triggers(client);
  let topic: string;
  /** A trigger whose settings are changed, and what it is called. */
  let changed: string;

  beforeAll(async () => {
    topic = await topicOf(client, { count: 1 });
    changed = (await triggers.create(topic)).trigger_name;
  });

  /** The setting at which a new trigger and a change are refused, with a message that names it. */
  const refusedAs = async (change: Readonly<Record<string, unknown>>, message: RegExp) => {
    const before = await triggers.describe(changed);
    expectError(await triggers.postPaused(topic, change), { ...misfit, message });
    expectError(await triggers.patch(changed, change), { ...misfit, message });
    expect(await triggers.describe(changed)).toEqual(before);
  };

  const takenAs = async (change: Readonly<Record<string, unknown>>) => {
    expect(await triggers.create(topic, change)).toMatchObject(change);
    expect(triggerIn(await triggers.patch(changed, change))).toMatchObject(change);
  };

  describe('a number', () => {
    it.each(taken)('%s may be %i', async (name, value) => {
      await takenAs({ [name]: value });
    });

    it.each(refused)('%s may not be %i, for %i is the limit', async (name, value, limit) => {
      await refusedAs({ [name]: value }, new RegExp(`${name}.*\\b${limit}\\b`));
    });

    it.each(numbers.map(([name]) => name))('%s has to be whole, and a number', async name => {
      for (const value of noNumbers) await refusedAs({ [name]: value }, new RegExp(name));
      for (const text of ['1.0', '1e3', '1e400']) {
        const body = JSON.stringify(await triggers.body(topic, { [name]: 'NUMBER' })).replace('"NUMBER"', text);
        const answer = await client.send('POST', triggersPath, { body, type: 'application/json' });
        expectError(answer, { status: [400, 422], message: new RegExp(name) });
      }
    });
  });

  describe('a member', () => {
    it.each(misfits)('%s may not be %j', async (name, value) => {
      const answer = await triggers.postPaused(topic, { [name]: value });
      expectError(answer, { ...misfit, message: new RegExp(name) });
      // what is left out of a change, or null, stays as it is
      if (chosenOnce.includes(name) || value === null) return;
      expectError(await triggers.patch(changed, { [name]: value }), { ...misfit, message: new RegExp(name) });
    });

    it.each(['trigger_name', 'topics', 'function'])('%s may not be left out', async name => {
      const { [name]: _, ...body } = await triggers.body(topic);
      expectError(await triggers.post(body), { ...misfit, message: new RegExp(name) });
    });

    it.each(['batchSize', 'BatchSize', 'topic', 'name', 'state', 'triggerId', '__proto__', 'constructor', ''])(
      'that nobody knows is refused by name: %j',
      async name => {
        const body = JSON.stringify(await triggers.body(topic)).replace(/}$/, `,${JSON.stringify(name)}:1}`);
        const answer = await client.send('POST', triggersPath, { body, type: 'application/json' });
        expectError(answer, { ...misfit, message: new RegExp(`"${name}"`) });
        const change = `{${JSON.stringify(name)}:1}`;
        const path = pathOfTrigger(changed);
        expectError(await client.send('PATCH', path, { body: change, type: 'application/json' }), misfit);
      },
    );
  });

  describe('the body', () => {
    it.each([
      ['POST', ''],
      ['PATCH', '/{name}'],
    ])('of %s triggers%s is an object, as JSON', async (method, rest) => {
      const path = triggersPath + rest.replace('{name}', changed);
      const send = (body: string | undefined, type = 'application/json') =>
        client.send(method, path, { ...(body !== undefined && { body }), type });
      expectError(await send(undefined), misfit);
      for (const body of ['[]', 'null', '1', '"a"', '[{}]']) expectError(await send(body), misfit);
      for (const body of ['{', '{"a":}', "{'a':1}", '{}{}']) expectError(await send(body), notJson);
      expectError(await send('{}', 'text/plain'), { status: 415, code: 415 });
      expectError(await send('{}', 'application/vnd.kafka.v2+json'), { status: 415, code: 415 });
      expectError(await send(`{"filters":${'['.repeat(200)}${']'.repeat(200)}}`), malformed);
    });

    it('may be gzipped, up to 4 MiB of what it was', async () => {
      const headers = { 'content-encoding': 'gzip' };
      const type = 'application/json';
      const name = triggers.newName();
      const good = gzipSync(JSON.stringify(await triggers.body(topic, { trigger_name: name })));
      createdBy(await client.send('POST', triggersPath, { body: good, type, headers }));
      await triggers.delete(name);
      const huge = gzipSync(`{"trigger_name":"${'x'.repeat(4 * 1_024 * 1_024)}"}`);
      expectError(await client.send('POST', triggersPath, { body: huge, type, headers }), { status: 413, code: 413 });
    });
  });

  describe('the name', () => {
    it.each([1, NAME_LENGTH - 1, NAME_LENGTH])('may have %i characters', async length => {
      const name = triggers.newName().replace('conf-', '').padEnd(length, 'x').slice(-length);
      const made = await triggers.create(topic, { trigger_name: name });
      expect(await triggers.describe(name)).toMatchObject(made);
      await triggers.delete(name);
    });

    it('may not have none, and not one more', async () => {
      for (const name of ['', triggers.newName().padEnd(NAME_LENGTH + 1, 'x')]) {
        const answer = await triggers.postPaused(topic, { trigger_name: name });
        expectError(answer, { ...misfit, message: new RegExp(`name.*\\b${NAME_LENGTH}\\b`) });
      }
      const tooLong = triggers.newName().padEnd(NAME_LENGTH + 1, 'x');
      expectError(await client.get(pathOfTrigger(tooLong)), { status: [400, 404] });
    });

    it.each(['-', '.', '_', 'Z', '0', '...', '__proto__'])('may end with %j, in every route', async end => {
      const name = `${triggers.newName()}${end}`;
      const made = await triggers.create(topic, { trigger_name: name });
      expect(made).toMatchObject({ trigger_name: name, consumer_group_id: name });
      expect((await client.follow(made.metadata.self)).json).toMatchObject({ trigger_name: name });
      expect((await client.follow(made.consumer_group.related)).json).toMatchObject({ consumer_group_id: name });
      expect(triggerIn(await triggers.patch(name, { batch_size: 9 })).batch_size).toBe(9);
      expect(triggerIn(await triggers.send('POST', name, '/pause')).state).toBe('PAUSED');
      const reset = await triggers.reset(name, { topics: [{ topic_name: topic }], to: 'latest' });
      expect(reset.json).toMatchObject({ offsets: [{ error_code: 0, offset: 1 }] });
      await triggers.delete(name);
    });

    it.each(['__proto__', 'constructor', 'toString', 'pause', 'null', '0', '-1', '...'])('may be %j', async name => {
      const group = newGroup();
      const made = await triggers.create(topic, { trigger_name: name, consumer_group_id: group });
      expect(await triggers.describe(name)).toMatchObject(made);
      await triggers.delete(name);
    });

    it.each([
      '.',
      '..',
      '/',
      'a/b',
      '%',
      'a%2Fb',
      ' ',
      'a b',
      'ü',
      '😀',
      '*',
      ':',
      'offsets:reset',
      '{a}',
      'a?b',
      'a#b',
      '"',
      '\\',
      '~',
      'a\u0000b',
      '\n',
      'a\n',
      'a\u007fb',
      'a\ud800',
    ])('may not be %j', async name => {
      const answer = await triggers.postPaused(topic, { trigger_name: name, consumer_group_id: newGroup() });
      expectError(answer, { ...misfit, message: /trigger_name/ });
    });
  });

  describe('the group', () => {
    it.each([1, GROUP_LENGTH - 1, GROUP_LENGTH])('may have an id of %i characters', async length => {
      const id = newGroup().padEnd(length, 'x').slice(-length);
      const { trigger_name: name, consumer_group_id } = await triggers.create(topic, { consumer_group_id: id });
      expect(consumer_group_id).toBe(id);
      await triggers.delete(name);
      await client.send('DELETE', `…/consumer-groups/${id}`);
    });

    it.each(['', '.', '..', 'a\u0000b', 'a\ud800', 'x'.repeat(GROUP_LENGTH + 1)])(
      'may not have the id %j',
      async id => {
        const name = triggers.newName();
        const answer = await triggers.postPaused(topic, { trigger_name: name, consumer_group_id: id });
        expectError(answer, { status: [400, 422], code: [40002, 422], message: /group/ });
        expectError(await client.get(pathOfTrigger(name)), { status: 404, code: 40406 });
      },
    );
  });

  describe('the topics', () => {
    let topics: readonly string[];

    beforeAll(async () => {
      topics = await Promise.all(Array.from({ length: TOPICS }, () => client.createTopic()));
    });

    it.each([1, TOPICS - 1, TOPICS])('may be %i', async count => {
      const wanted = topics.slice(0, count);
      expect((await triggers.create(topic, { topics: wanted })).topics).toEqual(wanted);
    });

    it('may not be none, nor one more', async () => {
      for (const wanted of [[], [...topics, topic]]) {
        const answer = await triggers.postPaused(topic, { topics: wanted });
        expectError(answer, { ...misfit, message: new RegExp(`topics.*\\b${TOPICS}\\b`) });
      }
    });

    it('have names no longer than topics have', async () => {
      expectError(await triggers.postPaused(topic, { topics: ['x'.repeat(249)] }), { status: 404, code: 40403 });
      const tooLong = await triggers.postPaused(topic, { topics: ['x'.repeat(250)] });
      expectError(tooLong, { ...misfit, message: /topics\[0\].*249/ });
    });
  });

  describe('the function', () => {
    it('may not be longer than its limit', async () => {
      const name = (await triggers.function()).padEnd(FUNCTION_LENGTH + 1, 'x');
      await refusedAs({ function: name }, new RegExp(`function.*\\b${FUNCTION_LENGTH}\\b`));
      await refusedAs({ function: '' }, /function/);
    });

    it('may be as long, where it is a URL', async () => {
      const name = await triggers.function();
      if (!name.startsWith('http:')) return;
      for (const length of [FUNCTION_LENGTH - 1, FUNCTION_LENGTH]) {
        await takenAs({ function: name.padEnd(length, 'x') });
      }
    });
  });

  describe('the destination', () => {
    it('may not be longer than any can be', async () => {
      await refusedAs({ on_failure: `kafka://${'x'.repeat(FUNCTION_LENGTH)}` }, /on_failure/);
    });
  });

  describe('the starting position', () => {
    it('takes a time where it is one, and only there', async () => {
      const message = /AT_TIMESTAMP.*starting_position_timestamp/;
      const at = { starting_position_timestamp: '2026-01-01T00:00:00Z' };
      expectError(await triggers.postPaused(topic, { starting_position: 'AT_TIMESTAMP' }), { ...misfit, message });
      for (const starting_position of ['LATEST', 'TRIM_HORIZON', undefined]) {
        const answer = await triggers.postPaused(topic, { starting_position, ...at });
        expectError(answer, { ...misfit, message });
      }
    });

    it.each([
      ['1970-01-01T00:00:00Z', '1970-01-01T00:00:00Z'],
      ['2026-01-01T01:00:00.5+01:00', '2026-01-01T00:00:00.500Z'],
      ['+275760-09-13T00:00:00Z', '+275760-09-13T00:00:00Z'],
    ])('may be at %s', async (time, shown) => {
      const at = { starting_position: 'AT_TIMESTAMP', starting_position_timestamp: time };
      const answer = await triggers.postPaused(topic, at);
      expect(answer.json).toMatchObject({ ...at, starting_position_timestamp: shown });
    });
  });

  describe('filters', () => {
    const page = (value: string) => ({ value: { page: [value] } });

    it.each([0, FILTERS - 1, FILTERS])('may be %i', async count => {
      await takenAs({ filters: Array.from({ length: count }, (_, index) => page(String(index))) });
    });

    it('may not be one more', async () => {
      const filters = Array.from({ length: FILTERS + 1 }, () => page('/'));
      await refusedAs({ filters }, new RegExp(`filters.*\\b${FILTERS}\\b`));
    });

    it.each([FILTER_LENGTH - 1, FILTER_LENGTH])('may each have %i characters of JSON', async length => {
      const rest = JSON.stringify(page('')).length;
      await takenAs({ filters: [page('x'.repeat(length - rest))] });
    });

    it('may not have one more', async () => {
      const rest = JSON.stringify(page('')).length;
      const filters = [page('/'), page('x'.repeat(FILTER_LENGTH + 1 - rest))];
      await refusedAs({ filters }, new RegExp(`filters\\[1\\].*\\b${FILTER_LENGTH}\\b`));
    });

    it.each([FILTER_DEPTH - 1, FILTER_DEPTH, FILTER_DEPTH + 1])('are at most 20 objects deep: %i', async depth => {
      const filters = [{ value: JSON.parse(`${'{"a":'.repeat(depth)}["x"]${'}'.repeat(depth)}`) }];
      if (depth <= FILTER_DEPTH) await takenAs({ filters });
      else await refusedAs({ filters }, new RegExp(`filters\\[0\\].*\\b${FILTER_DEPTH}\\b`));
    });

    it('are shown as they were given, with the numbers that they have', async () => {
      const written = '[{"value":{"price":[{"numeric":[">",1.0,"<=",2e1]}],"n":[1.50,-0.0],"__proto__":["x"]}}]';
      const body = JSON.stringify(await triggers.body(topic, { filters: 'FILTERS' })).replace('"FILTERS"', written);
      const answer = await client.send('POST', triggersPath, { body, type: 'application/json' });
      const { trigger_name: name } = createdBy(answer);
      const { filters } = (await client.get(pathOfTrigger(name))).json as { filters: unknown };
      expect(JSON.stringify(filters)).toBe(
        '[{"value":{"price":[{"numeric":[">",1,"<=",20]}],"n":[1.5,0],"__proto__":["x"]}}]',
      );
      await triggers.delete(name);
    });

    it.each(['{"value":{"n":[1e400]}}', '{"value":{"price":[{"numeric":[">",1e999]}]}}'])(
      'with a number that nobody can hold are refused: %s',
      async written => {
        const body = JSON.stringify(await triggers.body(topic, { filters: 'F' })).replace('"F"', `[${written}]`);
        const answer = await client.send('POST', triggersPath, { body, type: 'application/json' });
        expectError(answer, { ...misfit, message: /filters\[0\]/ });
      },
    );

    it.each([
      { value: ['text'] },
      { key: ['a', 'b'] },
      { key: { id: [1, 2] } },
      { topic: ['click'], partition: [0], offset: [{ numeric: ['>=', 0] }], timestamp: [{ numeric: ['>', 0] }] },
      { headers: { type: ['view'], 'content-type': [{ prefix: 'application/' }] } },
      { value: { a: { b: { c: [null, true, 'x', 1] } } } },
      { value: { page: [{ prefix: '/' }, { suffix: '.html' }, { 'equals-ignore-case': 'HOME' }] } },
      { value: { page: [{ prefix: { 'equals-ignore-case': '/A' } }, { suffix: { 'equals-ignore-case': '.B' } }] } },
      { value: { page: [{ wildcard: '/shop/*/item*' }, { wildcard: 'a\\*b' }] } },
      { value: { status: [{ 'anything-but': 'done' }, { 'anything-but': [1, 2] }] } },
      { value: { status: [{ 'anything-but': { prefix: ['a', 'b'] } }, { 'anything-but': { wildcard: 'a*' } }] } },
      { value: { n: [{ numeric: ['>', 0, '<=', 5] }, { numeric: ['=', 7] }] } },
      { value: { at: [{ exists: true }], not: [{ exists: false }] } },
      { value: { ip: [{ cidr: '10.0.0.0/8' }, { cidr: '2001:db8::/32' }] } },
      { value: { $or: [{ a: [1] }, { b: [{ prefix: 'x' }] }] } },
    ] satisfies TriggerBody[])('may be %j', async filter => {
      await takenAs({ filters: [filter] });
    });

    it.each([
      {},
      { value: {} },
      { value: [] },
      { value: 'text' },
      { value: 1 },
      { value: null },
      { value: { a: 'x' } },
      { value: { a: {} } },
      { value: { a: [] } },
      { value: { a: [['x']] } },
      { value: { a: [{}] } },
      { value: { a: [{ prefix: 'x', suffix: 'y' }] } },
      { value: { a: [{ prefix: 1 }] } },
      { value: { a: [{ prefix: ['x'] }] } },
      { value: { a: [{ suffix: { prefix: 'x' } }] } },
      { value: { a: [{ 'equals-ignore-case': null }] } },
      { value: { a: [{ wildcard: 'a**b' }] } },
      { value: { a: [{ wildcard: 'a\\b' }] } },
      { value: { a: [{ numeric: [] }] } },
      { value: { a: [{ numeric: ['>'] }] } },
      { value: { a: [{ numeric: ['!=', 1] }] } },
      { value: { a: [{ numeric: ['>', '1'] }] } },
      { value: { a: [{ numeric: ['constructor', 1] }] } },
      { value: { a: [{ exists: 'true' }] } },
      { value: { a: [{ cidr: '10.0.0.0' }] } },
      { value: { a: [{ cidr: '10.0.0.0/33' }] } },
      { value: { a: [{ cidr: '10.0.0/8' }] } },
      { value: { a: [{ cidr: '2001:db8::/129' }] } },
      { value: { a: [{ 'anything-but': [] }] } },
      { value: { a: [{ 'anything-but': [['x']] }] } },
      { value: { a: [{ 'anything-but': { numeric: ['>', 1] } }] } },
      { value: { a: [{ regex: '.*' }] } },
      { value: { a: [{ constructor: 'x' }] } },
      { value: { a: [{ toString: 'x' }] } },
      { value: { $or: [] } },
      { value: { $or: { a: [1] } } },
      { body: ['x'] },
      { Value: ['x'] },
      { constructor: ['x'] },
      { headers: ['x'] },
      { topic: { a: ['x'] } },
      { partition: { a: [1] } },
    ] as TriggerBody[])('may not be %j, and which of them is wrong is said', async filter => {
      await refusedAs({ filters: [page('/'), filter] }, /filters\[1\]/);
    });
  });
}
