/** Consumer instances of v2, as a client uses them. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import * as z from 'zod';
import { type Answer, type Client, mediaType } from '../client.ts';
import { produceV2, type RecordV2 } from './produce.ts';
import { type ReadRecord, record } from './shapes.ts';

/** Within which what a group has to agree on is agreed on, in milliseconds. */
export const SETTLED_WITHIN_MS = 40_000;

/** How long a case may take in which partitions change hands. Most of it is waiting: such cases run side by side. */
export const sharing = { timeout: 3 * SETTLED_WITHIN_MS } as const;

const created = z.strictObject({ instance_id: z.string().min(1), base_uri: z.url() });
const assignment = z.strictObject({ partitions: z.array(z.strictObject({ topic: z.string(), partition: z.int() })) });
const positions = z.strictObject({
  offsets: z.array(z.strictObject({ topic: z.string(), partition: z.int(), offset: z.int() })),
});
const committed = z.strictObject({
  offsets: z.array(
    z.strictObject({ topic: z.string(), partition: z.int(), offset: z.int(), metadata: z.string().nullable() }),
  ),
});

export interface Instance {
  readonly group: string;
  readonly id: string;
  /** What all its paths begin with. */
  readonly path: string;
  readonly baseUri: string;
}

export type Settings = Readonly<Record<string, unknown>>;

/** A group id that no other case has, nor any other run. */
export const newGroup = (): string => `conf-${randomBytes(8).toString('hex')}`;

/** The caller checks the answer. */
export const postInstance = (client: Client, group: string, settings: unknown): Promise<Answer> =>
  client.post(`/consumers/${encodeURIComponent(group)}`, settings, mediaType.v2);

/** An instance that reads JSON from the beginning, and commits when it is told, unless the settings say otherwise. */
export async function createInstance(client: Client, settings: Settings = {}, group = newGroup()): Promise<Instance> {
  const usual = { format: 'json', 'auto.offset.reset': 'earliest', 'auto.commit.enable': 'false' };
  return createdBy(await postInstance(client, group, { ...usual, ...settings }), group);
}

/** The instance that an answer tells of. */
export function createdBy(answer: Answer, group: string): Instance {
  expect(answer.status, answer.text).toBe(200);
  const { instance_id: id, base_uri: baseUri } = created.parse(answer.json);
  return { group, id, path: pathOf(baseUri), baseUri };
}

/** A link's path, without what a front door puts before it. */
export function pathOf(uri: string): string {
  const { pathname } = new URL(uri);
  return pathname.slice(pathname.indexOf('/consumers/'));
}

/** An instance that is subscribed to topics. */
export async function subscribed(client: Client, topics: readonly string[], settings: Settings = {}, group?: string) {
  const instance = await createInstance(client, settings, group);
  await done(postTo(client, instance, 'subscription', { topics }));
  return instance;
}

/** An instance that has chosen partitions of one topic. */
export async function assigned(
  client: Client,
  topic: string,
  partitions: readonly number[],
  settings: Settings = {},
  group?: string,
) {
  const instance = await createInstance(client, settings, group);
  await done(
    postTo(client, instance, 'assignments', { partitions: partitions.map(partition => ({ topic, partition })) }),
  );
  return instance;
}

/** The caller checks the answer. */
export const postTo = (client: Client, { path }: Instance, part: string, json: unknown): Promise<Answer> =>
  client.post(`${path}/${part}`, json, mediaType.v2);

/** That a request was answered with 204, and nothing. */
export async function done(request: Promise<Answer>): Promise<void> {
  const answer = await request;
  expect([answer.status, answer.text]).toEqual([204, '']);
}

export interface PollOptions {
  readonly timeout?: number;
  readonly maxBytes?: number;
  readonly accept?: string;
  readonly pollId?: string;
}

/** One poll; the caller checks the answer. */
export function poll(client: Client, { path }: Instance, options: PollOptions = {}): Promise<Answer> {
  const { timeout = 1_000, maxBytes, accept = mediaType.json, pollId } = options;
  const query = `timeout=${timeout}${maxBytes === undefined ? '' : `&max_bytes=${maxBytes}`}`;
  const headers = pollId === undefined ? {} : { 'millrace-poll-id': pollId };
  return client.send('GET', `${path}/records?${query}`, { accept, headers });
}

export function recordsOf(answer: Answer): readonly ReadRecord[] {
  expect(answer.status, answer.text).toBe(200);
  return record.array().parse(answer.json);
}

/** The id that an answer is named by. */
export const pollIdOf = ({ headers }: Answer): string => headers.get('millrace-poll-id') ?? expect.fail('no poll id');

/** Polls until so many records have come. */
export async function pollFor(client: Client, instance: Instance, count: number, options: PollOptions = {}) {
  const records: ReadRecord[] = [];
  const until = performance.now() + SETTLED_WITHIN_MS;
  while (records.length < count && performance.now() < until) {
    records.push(...recordsOf(await poll(client, instance, options)));
  }
  expect(records.length, 'records that came').toBe(count);
  return records;
}

/** Polls until a condition holds that polls bring about; with what came meanwhile. */
export async function pollUntil(client: Client, instances: readonly Instance[], holds: () => Promise<boolean>) {
  const records: ReadRecord[] = [];
  const until = performance.now() + SETTLED_WITHIN_MS;
  while (!(await holds())) {
    if (performance.now() > until) expect.fail(`it does not hold after ${SETTLED_WITHIN_MS} ms of polls`);
    for (const instance of instances) records.push(...recordsOf(await poll(client, instance, { timeout: 0 })));
    await sleep(200);
  }
  return records;
}

/** As `topic-partition`, sorted. */
export async function assignmentOf(client: Client, { path }: Instance): Promise<readonly string[]> {
  const { partitions } = assignment.parse(await getOk(client, `${path}/assignments`));
  return partitions.map(({ topic, partition }) => `${topic}-${partition}`).toSorted();
}

/** The next offset to read, by partition of the one topic. */
export async function positionsOf(client: Client, { path }: Instance): Promise<Readonly<Record<number, number>>> {
  const { offsets } = positions.parse(await getOk(client, `${path}/positions`));
  return Object.fromEntries(offsets.map(({ partition, offset }) => [partition, offset]));
}

/** Commits offsets that are named, or all that was given. */
export async function commit(client: Client, instance: Instance, offsets?: readonly object[]): Promise<void> {
  const answer = offsets
    ? await postTo(client, instance, 'offsets', { offsets })
    : await client.send('POST', `${instance.path}/offsets`);
  expect(answer.status, answer.text).toBe(200);
  expect(answer.json).toEqual([]);
}

/** What is committed of the partitions that the instance has, by partition of the one topic. */
export async function committedOf(client: Client, { path }: Instance): Promise<Readonly<Record<number, number>>> {
  const { offsets } = committed.parse(await getOk(client, `${path}/offsets`));
  return Object.fromEntries(offsets.map(({ partition, offset }) => [partition, offset]));
}

/** What a committed answer says. */
export function committedIn(answer: Answer) {
  expect(answer.status, answer.text).toBe(200);
  return committed.parse(answer.json).offsets;
}

async function getOk(client: Client, path: string): Promise<unknown> {
  const answer = await client.get(path);
  expect(answer.status, answer.text).toBe(200);
  expect(answer.type).toBe(mediaType.v2);
  return answer.json;
}

/** A topic with JSON records 0, 1, 2, … in each of its partitions. */
export async function topicOf(client: Client, { partitions = 1, count = 5 } = {}): Promise<string> {
  const topic = await client.createTopic({ partitions });
  for (let partition = 0; partition < partitions; partition++) await produceTo(client, topic, partition, count);
  return topic;
}

/** Values 0, 1, 2, … one second apart from the first second on. */
export function produceTo(client: Client, topic: string, partition: number, count: number, from = 0) {
  const records = Array.from(
    { length: count },
    (_, at): RecordV2 => ({
      value: from + at,
      timestamp: (from + at + 1) * 1_000,
    }),
  );
  return produceV2(client, `/topics/${topic}/partitions/${partition}`, records);
}

/** Where each record stands, as `partition:offset`, sorted. */
export const placesOf = (records: readonly ReadRecord[]): readonly string[] =>
  records.map(({ partition, offset }) => `${partition}:${String(offset).padStart(3, '0')}`).toSorted();

/** The places of a topic that has so many records in each partition. */
export const places = (partitions: number, count: number, from = 0): readonly string[] =>
  Array.from({ length: partitions }, (_, partition) =>
    Array.from({ length: count }, (_each, at) => `${partition}:${String(from + at).padStart(3, '0')}`),
  ).flat();
