/** Triggers: made, listed, described, changed, paused and taken away. What they deliver is shown elsewhere. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Client } from './client.ts';
import { newGroup, produceTo, topicOf } from './support/consumers.ts';
import { group as groupShape } from './support/groups.ts';
import { type ExpectedError, expectError, misfit } from './support/refusals.ts';
import { listOf } from './support/shapes.ts';
import {
  createdBy,
  defaults,
  describedTrigger,
  pathOfTrigger,
  Triggers,
  triggerIn,
  trigger as triggerShape,
  triggersPath,
} from './support/triggers.ts';

const noTrigger = { status: 404, code: 40406, message: /^RESOURCE_NOT_FOUND/ } as const;

/** All of what may be set, each other than it is by default. */
const allSettings = {
  function_timeout_in_seconds: 30,
  batch_size: 10,
  batch_bytes: 100_000,
  maximum_batching_window_in_seconds: 5,
  filters: [{ value: { page: [{ prefix: '/shop' }] } }, { key: ['a'], headers: { type: ['view'] } }],
  maximum_retry_attempts: 3,
  maximum_record_age_in_seconds: 3_600,
  bisect_batch_on_function_error: true,
  function_response_types: ['ReportBatchItemFailures'],
} as const;

export function triggerCases(client: Client): void {
  const triggers = new Triggers(client);
  /** Two partitions, offsets 0 to 4 in each. */
  let topic: string;

  beforeAll(async () => {
    topic = await topicOf(client, { partitions: 2 });
  });

  const list = async () => {
    const answer = await client.get(triggersPath);
    expect(answer.status, answer.text).toBe(200);
    return listOf('MillraceTriggerList', triggerShape).parse(answer.json);
  };

  describe('a trigger that is made', () => {
    it('has what it was given, and the settings of an event source mapping where it was given nothing', async () => {
      const name = triggers.newName();
      const answer = await triggers.postPaused(topic, { trigger_name: name });
      const made = createdBy(answer);
      expect(made).toEqual({
        kind: 'MillraceTrigger',
        metadata: {
          self: expect.stringMatching(new RegExp(`/v3/clusters/[^/]+/triggers/${name}$`)),
          resource_name: `crn:///kafka=${await client.clusterId()}/trigger=${name}`,
        },
        cluster_id: await client.clusterId(),
        trigger_name: name,
        topics: [topic],
        function: await triggers.function(),
        consumer_group_id: name,
        ...defaults,
        state: 'PAUSED',
        consumer_group: { related: expect.stringMatching(new RegExp(`/consumer-groups/${name}$`)) },
      });
      expect(answer.headers.get('location')).toBe(made.metadata.self);
      expect(describedTrigger.parse((await client.follow(made.metadata.self)).json)).toMatchObject(made);
    });

    it('has all settings that it was given', async () => {
      const destination = await client.createTopic();
      const other = await client.createTopic();
      const wanted = {
        ...allSettings,
        topics: [topic, other],
        consumer_group_id: newGroup(),
        starting_position: 'AT_TIMESTAMP',
        starting_position_timestamp: '1970-01-01T00:00:02.500Z',
        on_failure: `kafka://${destination}`,
      };
      const made = await triggers.create(topic, wanted);
      expect(made).toMatchObject(wanted);
      expect(await triggers.describe(made.trigger_name)).toMatchObject(wanted);
    });

    it('runs, unless it is to be paused', async () => {
      const empty = await client.createTopic();
      const { enabled: _, ...body } = await triggers.body(empty);
      expect(createdBy(await triggers.post(body)).state).toBe('ENABLED');
      expect((await triggers.create(empty, { enabled: true })).state).toBe('ENABLED');
      expect((await triggers.create(empty, { enabled: null })).state).toBe('ENABLED');
      expect((await triggers.create(empty, { enabled: false })).state).toBe('PAUSED');
    });

    it('takes null for what is left out', async () => {
      const left = Object.fromEntries(Object.keys(defaults).map(name => [name, null]));
      const made = await triggers.create(topic, {
        ...left,
        starting_position_timestamp: null,
        consumer_group_id: null,
      });
      expect(made).toMatchObject({ ...defaults, consumer_group_id: made.trigger_name });
    });

    it('is listed, in the order of names, as it is made', async () => {
      const made = [await triggers.create(topic), await triggers.create(topic)];
      const { data, metadata } = await list();
      expect(data).toEqual(expect.arrayContaining(made));
      const names = data.map(({ trigger_name }) => trigger_name);
      expect(names).toEqual(names.toSorted());
      expect(new URL(metadata.self).pathname).toMatch(/\/v3\/clusters\/[^/]+\/triggers$/);
      expect(metadata.next).toBeNull();
    });

    it('is the only one of its name', async () => {
      const first = await triggers.create(topic);
      const again = await triggers.postPaused(topic, { trigger_name: first.trigger_name, batch_size: 1 });
      expectError(again, { status: 409, code: 40926, message: /^DUPLICATE_RESOURCE: .*already/ });
      expect(await triggers.describe(first.trigger_name)).toMatchObject(first);
    });

    it('is one, of many that are asked for at once under one name', async () => {
      const name = triggers.newName();
      const answers = await Promise.all(
        Array.from({ length: 5 }, () => triggers.postPaused(topic, { trigger_name: name })),
      );
      expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409, 409, 409]);
      for (const answer of answers)
        if (answer.status === 409) expectError(answer, { status: 409, code: [40926, 40925] });
      expect((await triggers.describe(name)).state).toBe('PAUSED');
    });
  });

  describe('a trigger that cannot be made', () => {
    it.each<readonly [what: string, topics: (own: string) => readonly string[], error: ExpectedError]>([
      ['of a topic that is not there', () => ['no-such-topic'], { status: 404, code: 40403 }],
      ['of one that is there and one that is not', own => [own, 'no-such-topic'], { status: 404, code: 40403 }],
      ['of a topic with no name that a topic can have', () => ['a/b'], { status: [400, 404] }],
      ['of a topic without a name', () => [''], { status: [400, 404, 422] }],
      ['of topics that are named twice', own => [own, own], { ...misfit, message: /twice/ }],
    ])('%s leaves neither itself nor its group', async (_, topicsOf, error) => {
      const name = triggers.newName();
      expectError(await triggers.postPaused(topic, { trigger_name: name, topics: topicsOf(topic) }), error);
      expectError(await client.get(pathOfTrigger(name)), noTrigger);
      expectError(await client.get(`…/consumer-groups/${name}`), { status: 404, code: 40405 });
    });

    it('for its destination is no topic says so', async () => {
      const nowhere = client.newName();
      const error = await triggers.postPaused(topic, { on_failure: `kafka://${nowhere}` });
      expectError(error, { status: 404, code: 40403, message: new RegExp(nowhere) });
    });

    it('for it would read what it gives up says so', async () => {
      const answer = await triggers.postPaused(topic, { on_failure: `kafka://${topic}` });
      expectError(answer, { ...misfit, message: /on-failure destination .* itself/ });
    });

    it.each([
      'kafka://',
      'kafka://a/b',
      'kafka:topic',
      'topic',
      '',
      'https://example.com',
      's3://',
      's3:///x',
      'arn:aws:sqs:eu-west-1:1:q',
      'arn:aws:sns:eu-west-1:123456789012:t',
      'arn:aws:sqs:eu-west-1:123456789012:q.fifo',
    ])('for its destination is none says so: %j', async destination => {
      const answer = await triggers.postPaused(topic, { on_failure: destination });
      expectError(answer, { status: [400, 404, 422] });
    });

    it.each(['', ' ', 'ftp://example.com/', 'not a function', 'data:text/plain,x', 'arn:aws:s3:::bucket'])(
      'for its function is none that can be invoked says so: %j',
      async name => {
        const answer = await triggers.postPaused(topic, { function: name });
        expectError(answer, { ...misfit, message: /function/ });
      },
    );
  });

  describe('how a trigger gets on', () => {
    it('is told partition by partition, and in all', async () => {
      const lagging = await topicOf(client, { partitions: 2, count: 3 });
      const { trigger_name: name } = await triggers.create(lagging);
      await produceTo(client, lagging, 1, 4, 3);
      const partitionOf = (partition_id: number, end: number) => ({
        topic_name: lagging,
        partition_id,
        current_offset: 0,
        log_end_offset: end,
        lag: end,
        state: 'IDLE',
        failures: 0,
        last_result: null,
      });
      expect(await triggers.describe(name)).toMatchObject({
        state: 'PAUSED',
        lag: 10,
        partitions: [partitionOf(0, 3), partitionOf(1, 7)],
      });
    });

    it('is told of all its topics, in their order', async () => {
      const other = await topicOf(client, { count: 1 });
      const topics = [topic, other].toSorted().toReversed();
      const { trigger_name: name } = await triggers.create(topic, { topics });
      const { partitions, lag } = await triggers.describe(name);
      expect(partitions.map(({ topic_name }) => topic_name)).toEqual(
        topics.flatMap(each => (each === topic ? [each, each] : [each])),
      );
      expect(lag).toBe(11);
    });

    it('counts partitions that were added later', async () => {
      const growing = await topicOf(client, { count: 2 });
      const { trigger_name: name } = await triggers.create(growing, { starting_position: 'LATEST' });
      const answer = await client.send('PATCH', `…/topics/${growing}`, { json: { partitions_count: 2 } });
      expect(answer.status, answer.text).toBeLessThan(300);
      await expect
        .poll(
          () =>
            produceTo(client, growing, 1, 3).then(
              () => true,
              () => false,
            ),
          { timeout: 30_000 },
        )
        .toBe(true);
      // what came to be after the trigger is read from its first record
      const lags = (await triggers.describe(name)).partitions.map(({ lag, current_offset }) => [current_offset, lag]);
      expect(lags).toEqual([
        [2, 0],
        [0, 3],
      ]);
    });

    it('does not tell of a topic that is deleted', async () => {
      const passing = await topicOf(client, { count: 3 });
      const { trigger_name: name } = await triggers.create(topic, { topics: [passing, topic] });
      expect((await triggers.describe(name)).lag).toBe(13);
      expect((await client.send('DELETE', `…/topics/${passing}`)).status).toBe(204);
      await expect.poll(async () => (await triggers.describe(name)).lag, { timeout: 15_000 }).toBe(10);
      const { topics, partitions } = await triggers.describe(name);
      expect(topics).toEqual([passing, topic]);
      expect(partitions.map(({ topic_name }) => topic_name)).toEqual([topic, topic]);
      const json = { topics: [{ topic_name: passing, partitions: [0] }], to: 'earliest' };
      // a worker may believe in the name for some seconds
      await expect
        .poll(async () => (await triggers.reset(name, json)).json, { timeout: 30_000, interval: 500 })
        .toMatchObject({ offsets: [{ error_code: 3 }] });
    });

    it('goes on though all its topics are deleted, and ends when it is deleted', async () => {
      const passing = await topicOf(client, { count: 1 });
      const { trigger_name: name } = await triggers.create(passing);
      await client.send('DELETE', `…/topics/${passing}`);
      await expect.poll(async () => (await triggers.describe(name)).partitions, { timeout: 15_000 }).toEqual([]);
      expect(triggerIn(await triggers.patch(name, { batch_size: 7 })).batch_size).toBe(7);
      await triggers.delete(name);
    });

    it('is nobody’s to ask of a trigger that is not there', async () => {
      for (const name of [triggers.newName(), '__proto__', 'constructor', '%', 'ü😀', '*', 'a b', 'x'.repeat(128)]) {
        expectError(await client.get(pathOfTrigger(name)), noTrigger);
        expectError(await triggers.patch(name, { batch_size: 1 }), noTrigger);
        for (const verb of ['/pause', '/resume']) expectError(await triggers.send('POST', name, verb), noTrigger);
        expectError(await triggers.send('DELETE', name), noTrigger);
        const reset = { topics: [{ topic_name: topic }], to: 'latest' };
        expectError(await triggers.reset(name, reset), noTrigger);
      }
    });
  });

  describe('a change', () => {
    it('is of what is given, and of nothing else', async () => {
      const made = await triggers.create(topic, allSettings);
      const changed = triggerIn(await triggers.patch(made.trigger_name, { batch_size: 11 }));
      expect(changed).toEqual({ ...made, batch_size: 11 });
      expect(triggerIn(await triggers.patch(made.trigger_name, {}))).toEqual(changed);
      expect(await triggers.describe(made.trigger_name)).toMatchObject(changed);
    });

    it.each(Object.entries(allSettings))('may be of %s', async (name, value) => {
      const made = await triggers.create(topic);
      const change = { [name]: value };
      expect(triggerIn(await triggers.patch(made.trigger_name, change))).toEqual({ ...made, ...change });
      expect(await triggers.describe(made.trigger_name)).toMatchObject(change);
      const back = { [name]: defaults[name as keyof typeof defaults] };
      expect(triggerIn(await triggers.patch(made.trigger_name, back))).toEqual(made);
    });

    it('may be of the function, but not to none that can be invoked', async () => {
      const made = await triggers.create(topic);
      const other = `${made.function}-2`;
      expect(triggerIn(await triggers.patch(made.trigger_name, { function: other })).function).toBe(other);
      expectError(await triggers.patch(made.trigger_name, { function: 'not a function' }), {
        ...misfit,
        message: /function/,
      });
      expect((await triggers.describe(made.trigger_name)).function).toBe(other);
    });

    it('sets a destination, leaves it, and takes it away', async () => {
      const { trigger_name: name } = await triggers.create(topic);
      const destination = `kafka://${await client.createTopic()}`;
      expect(triggerIn(await triggers.patch(name, { on_failure: destination })).on_failure).toBe(destination);
      expect(triggerIn(await triggers.patch(name, { batch_size: 5 })).on_failure).toBe(destination);
      expectError(await triggers.patch(name, { on_failure: `kafka://${topic}` }), misfit);
      expect((await triggers.describe(name)).on_failure).toBe(destination);
      expect(triggerIn(await triggers.patch(name, { on_failure: null })).on_failure).toBeNull();
      expect((await triggers.describe(name)).on_failure).toBeNull();
    });

    it('pauses and resumes', async () => {
      const empty = await client.createTopic();
      const { trigger_name: name } = await triggers.create(empty);
      expect(triggerIn(await triggers.patch(name, { enabled: true })).state).toBe('ENABLED');
      expect(triggerIn(await triggers.patch(name, { batch_size: 2 })).state).toBe('ENABLED');
      expect(triggerIn(await triggers.patch(name, { enabled: false })).state).toBe('PAUSED');
      expect(triggerIn(await triggers.patch(name, { batch_size: 3 })).state).toBe('PAUSED');
    });

    it.each([
      ['topics', ['t']],
      ['consumer_group_id', 'g'],
      ['starting_position', 'LATEST'],
      ['starting_position_timestamp', '1970-01-01T00:00:00Z'],
      ['trigger_name', 'other'],
      ['state', 'ENABLED'],
    ])('is refused of what is chosen once: %s', async (name, value) => {
      const made = await triggers.create(topic);
      expectError(await triggers.patch(made.trigger_name, { [name]: value }), { ...misfit, message: new RegExp(name) });
      expect(await triggers.describe(made.trigger_name)).toMatchObject(made);
    });

    it('that is partly wrong changes nothing', async () => {
      const made = await triggers.create(topic);
      expectError(await triggers.patch(made.trigger_name, { batch_size: 1, maximum_retry_attempts: -2 }), misfit);
      expect(await triggers.describe(made.trigger_name)).toMatchObject(made);
    });

    it('is lost to none that is made at the same time', async () => {
      const made = await triggers.create(topic);
      const changes = [{ batch_size: 3 }, { maximum_retry_attempts: 4 }, { function_timeout_in_seconds: 5 }];
      const answers = await Promise.all(changes.map(change => triggers.patch(made.trigger_name, change)));
      for (const answer of answers) triggerIn(answer);
      expect(await triggers.describe(made.trigger_name)).toMatchObject(Object.assign({}, made, ...changes));
    });
  });

  describe('pause and resume', () => {
    it('set its state, once or again', async () => {
      const empty = await client.createTopic();
      const made = await triggers.create(empty, { enabled: true });
      for (const [verb, state] of [
        ['/pause', 'PAUSED'],
        ['/pause', 'PAUSED'],
        ['/resume', 'ENABLED'],
        ['/resume', 'ENABLED'],
      ] as const) {
        expect(triggerIn(await triggers.send('POST', made.trigger_name, verb))).toEqual({ ...made, state });
        expect((await triggers.describe(made.trigger_name)).state).toBe(state);
      }
    });
  });

  describe('a trigger that is deleted', () => {
    it('is gone, once', async () => {
      const { trigger_name: name } = await triggers.create(topic);
      await triggers.delete(name);
      expectError(await client.get(pathOfTrigger(name)), noTrigger);
      expectError(await triggers.send('DELETE', name), noTrigger);
      expect((await list()).data.map(({ trigger_name }) => trigger_name)).not.toContain(name);
    });

    it('leaves its name to another, which is another', async () => {
      const made = await triggers.create(topic, allSettings);
      await triggers.delete(made.trigger_name);
      const again = await triggers.create(topic, { trigger_name: made.trigger_name });
      expect(again).toMatchObject(defaults);
    });

    it('leaves its group as nobody’s', async () => {
      const { trigger_name: name, consumer_group } = await triggers.create(topic);
      const before = groupShape.parse((await client.follow(consumer_group.related)).json);
      expect(before).toMatchObject({ consumer_group_id: name, state: expect.not.stringMatching('EMPTY') });
      await triggers.delete(name);
      expect(groupShape.parse((await client.follow(consumer_group.related)).json).state).toBe('EMPTY');
    });
  });
}
