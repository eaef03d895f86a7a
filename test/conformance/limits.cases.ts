/**
 * Every limit of `lib/protocol/limits.ts`, and every bound of a topic's configuration: one below it and at it is taken, one above it is
 * refused by an error that names it, and nothing is stored.
 *
 * A limit that the OpenAPI document states of a field is tried with all the others that it states (`bounds.cases.ts`); of those here
 * it is only said which field that is. A limit that is in none of the lists fails the first case.
 */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../lib/protocol/limits.ts';
import {
  type ConfigEntry,
  type TopicConfigKey,
  topicConfig,
  topicConfigKeys,
} from '../../lib/protocol/topic-config.ts';
import type { Client } from './client.ts';
import { boundedOperations } from './limits/bounds.ts';
import { groupTrials } from './limits/group-trials.ts';
import { recordTrials } from './limits/record-trials.ts';
import { expectRefused, expectTaken, type Trial } from './limits/trial.ts';
import { storingNothing } from './support/read.ts';
import { expectError } from './support/refusals.ts';
import { Triggers } from './support/triggers.ts';

type Limit = keyof typeof limits;

/** Fields for which the document states the limit; of a time in seconds, a thousandth of it. */
const fields: Partial<Record<Limit, string>> = {
  recordsPerRequest: 'records',
  batchEntries: 'entries',
  batchEntryIdLength: 'id',
  topicNameLength: 'topic_name',
  keysPerLookup: 'key',
  groupIdLength: 'consumer_group_id',
  partitionsPerFetch: 'partitions',
  partitionsPerGroup: 'topic_partitions',
  topicsPerSubscription: 'topics',
  topicPatternLength: 'topic_pattern',
  sessionTimeoutLeastMs: 'session_timeout_ms',
  sessionTimeoutMs: 'session_timeout_ms',
  rebalanceTimeoutLeastMs: 'rebalance_timeout_ms',
  rebalanceTimeoutMs: 'rebalance_timeout_ms',
  offsetsPerCommit: 'offsets',
  triggerNameLength: 'trigger_name',
  triggerFunctionLength: 'on_failure',
  triggerTimeoutMs: 'function_timeout_in_seconds',
  recordsPerTriggerEvent: 'batch_size',
  triggerEventBytes: 'batch_bytes',
  batchingWindowMs: 'maximum_batching_window_in_seconds',
  triggerRetries: 'maximum_retry_attempts',
  triggerRecordAgeMs: 'maximum_record_age_in_seconds',
  segmentsPerPage: 'page_size',
  fetchWaitMs: 'timeout',
  fetchBytes: 'max_bytes',
  timestampMs: 'timestamp',
  producerEpoch: 'producer_epoch',
  sequence: 'sequence',
};

/** Those that take hundreds of topics to reach are tried on one machine alone (`crowd-limits.cases.ts`). */
const crowds: readonly Limit[] = [
  'partitionsPerGroup',
  'partitionsPerInstance',
  'groupTopicBytes',
  'instanceTopicBytes',
];

/** Those that take a thousand members or triggers, or a store whose pages do not end sooner, are tried in memory. */
const tests: Partial<Record<Limit, string>> = {
  answerBytes: 'test/http/routes/read-partition.test.ts',
  membersPerGroup: 'test/groups/full-group.test.ts',
  groupMemberBytes: 'test/groups/full-group.test.ts',
  triggers: 'test/triggers/make-trigger.test.ts',
};

const bounds = boundedOperations().flatMap(operation => operation.bounds);

export function limitCases(client: Client): void {
  const triggers = new Triggers(client);
  const trials: Partial<Record<Limit, readonly Trial[]>> = { ...recordTrials, ...groupTrials(triggers) };
  let topic: string;

  beforeAll(async () => {
    topic = await client.createTopic({ configs: { 'max.message.bytes': `${limits.bodyBytes}` } });
  });

  it.each(Object.keys(limits) as Limit[])('%s is tried', name => {
    const field = fields[name];
    const test = tests[name];
    if (test !== undefined) return expect(readFileSync(test, 'utf8')).toContain(`limits.${name}`);
    if (field === undefined) return expect([...Object.keys(trials), ...crowds]).toContain(name);
    const stated = bounds.flatMap(({ at, limit }) => (at.findLast(each => each !== 0) === field ? [limit] : []));
    expect(stated).toContain(field.endsWith('in_seconds') ? limits[name] / 1_000 : limits[name]);
  });

  const named = Object.entries(trials).flatMap(([name, list]) =>
    list.map(trial => ({ name, of: trial.of ?? '', limit: Math.floor(limits[name as Limit]), trial })),
  );

  it.each(named)('$name $of: $limit, and not one more', async ({ limit, trial }) => {
    for (const size of [limit - 1, limit]) expectTaken(trial, await trial.send({ client, topic }, size), size);
    const send = () => trial.send({ client, topic }, limit + 1);
    const isOfReading = trial.send.name.startsWith('read');
    expectRefused(trial, await (isOfReading ? send() : storingNothing(client, topic, send)), limit + 1, limit);
  });

  describe.each(topicConfigKeys.filter(key => boundsOf(key)))('%s', key => {
    configCases(client, key);
  });
}

const boundsOf = (key: TopicConfigKey) => (topicConfig[key] satisfies ConfigEntry as ConfigEntry).bounds;

function configCases(client: Client, key: TopicConfigKey): void {
  const { least, most } = boundsOf(key) ?? expect.fail('no bounds');
  const put = async (topic: string, value: bigint) =>
    client.send('PUT', `…/topics/${topic}/configs/${key}`, { json: { value: String(value) } });

  it.each([
    ['least', least, -1n],
    ['most', most, 1n],
  ] as const)('%s: %s', async (_end, bound, outwards) => {
    const topic = await client.createTopic();
    const [within, at, beyond] = [bound - outwards, bound, bound + outwards];
    for (const value of [within, at]) expect((await put(topic, value)).status, `${value}`).toBe(204);
    expectError(await put(topic, beyond), { status: 400, code: 40002, message: new RegExp(`${key}.*${bound}`) });
    const { value } = (await client.get(`…/topics/${topic}/configs/${key}`)).json as { value: string };
    expect(value).toBe(String(at));
  });
}
