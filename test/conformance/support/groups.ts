/** Consumer groups of v3: their shapes, and members that keep their positions themselves. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import * as z from 'zod';
import type { Answer, Client } from '../client.ts';
import { SETTLED_WITHIN_MS } from './consumers.ts';

const count = z.int().nonnegative();
const related = z.strictObject({ related: z.url() });
const metadata = z.strictObject({ self: z.url(), resource_name: z.string().startsWith('crn:///kafka=') });

export const group = z.strictObject({
  kind: z.literal('KafkaConsumerGroup'),
  metadata,
  cluster_id: z.string(),
  consumer_group_id: z.string(),
  is_simple: z.boolean(),
  partition_assignor: z.string().min(1),
  state: z.enum(['EMPTY', 'RECONCILING', 'STABLE']),
  group_epoch: count,
  coordinator: related,
  consumers: related,
  lag_summary: related,
});

export const consumer = z.strictObject({
  kind: z.literal('KafkaConsumer'),
  metadata,
  cluster_id: z.string(),
  consumer_group_id: z.string(),
  consumer_id: z.string(),
  instance_id: z.string().nullable(),
  client_id: z.string(),
  assignments: related,
});

export const consumerAssignment = z.strictObject({
  kind: z.literal('KafkaConsumerAssignment'),
  metadata,
  cluster_id: z.string(),
  consumer_group_id: z.string(),
  consumer_id: z.string(),
  topic_name: z.string(),
  partition_id: count,
  partition: related,
  lag: related,
});

export const lag = z.strictObject({
  kind: z.literal('KafkaConsumerLag'),
  metadata,
  cluster_id: z.string(),
  consumer_group_id: z.string(),
  topic_name: z.string(),
  partition_id: count,
  current_offset: count,
  log_end_offset: count,
  lag: count,
  consumer_id: z.string(),
  instance_id: z.string().nullable(),
  client_id: z.string(),
});

export const lagSummary = z.strictObject({
  kind: z.literal('KafkaConsumerGroupLagSummary'),
  metadata,
  cluster_id: z.string(),
  consumer_group_id: z.string(),
  max_lag_consumer_id: z.string(),
  max_lag_instance_id: z.string().nullable(),
  max_lag_client_id: z.string(),
  max_lag_topic_name: z.string(),
  max_lag_partition_id: count,
  max_lag: count,
  total_lag: count,
  max_lag_consumer: related,
  max_lag_partition: related,
});

export const groupOffset = z.strictObject({
  kind: z.literal('MillraceGroupOffset'),
  topic_name: z.string(),
  partition_id: count,
  offset: count,
  metadata: z.string(),
  committed_at: z.iso.datetime(),
});

const results = z.strictObject({
  offsets: z.array(
    z.strictObject({
      topic_name: z.string(),
      partition_id: count,
      error_code: z.int(),
      message: z.string().optional(),
      offset: count.optional(),
    }),
  ),
});

const assigned = {
  topic_name: z.string(),
  partition_id: count,
  assignment_epoch: z.int().positive(),
  is_new: z.boolean(),
};

const answered = { member_id: z.string(), member_epoch: z.int(), heartbeat_interval_ms: count };

const heartbeat = z.strictObject({
  kind: z.literal('MillraceMemberHeartbeat'),
  ...answered,
  assignment: z.strictObject({
    topic_partitions: z.array(z.strictObject({ ...assigned, offset: count.nullable().optional() })),
  }),
});

const memberPoll = z.strictObject({
  kind: z.literal('MillraceMemberPoll'),
  ...answered,
  assignment: z.strictObject({
    topic_partitions: z.array(
      z.strictObject({
        ...assigned,
        position: count.nullable(),
        high_watermark: z.int().min(-1),
        error_code: z.int(),
        message: z.string().optional(),
        records: z.array(
          z.strictObject({
            offset: count,
            timestamp: z.int(),
            key: z.unknown(),
            value: z.unknown(),
            headers: z.array(z.strictObject({ key: z.string(), value: z.base64().nullable() })),
          }),
        ),
      }),
    ),
  }),
});

export type BeatAnswer = z.infer<typeof heartbeat>;
export type PollAnswer = z.infer<typeof memberPoll>;
export type PolledPartition = PollAnswer['assignment']['topic_partitions'][number];

/** Leaves for good, and for a while. */
export const LEAVES = -1;
export const LEAVES_FOR_A_WHILE = -2;

export const pathOfGroup = (id: string, rest = ''): string => `…/consumer-groups/${encodeURIComponent(id)}${rest}`;

/** What became of each partition of a request; the caller checks the numbers. */
export function resultsOf(answer: Answer): z.infer<typeof results>['offsets'] {
  expect(answer.status, answer.text).toBe(200);
  const { offsets } = results.parse(answer.json);
  for (const { error_code, message } of offsets) expect(message !== undefined, message).toBe(error_code !== 0);
  return offsets;
}

/** `offsets:commit`, `offsets:alter`, `offsets:reset`, `offsets:delete`; the caller checks the answer. */
export const postOffsets = (client: Client, id: string, verb: string, json: unknown): Promise<Answer> =>
  client.post(pathOfGroup(id, `/offsets:${verb}`), json);

/** An offset of the topic's partition 0, or of another. */
export const offsetOf = (topic_name: string, offset: number, more: object = {}) => ({
  topic_name,
  partition_id: 0,
  offset,
  ...more,
});

/** Sets the group's offsets of a topic, which must all be set. */
export async function alterOffsets(client: Client, id: string, topic: string, offsets: readonly number[]) {
  const asked = offsets.map((offset, partition_id) => offsetOf(topic, offset, { partition_id }));
  const answer = await postOffsets(client, id, 'alter', { offsets: asked });
  expect(resultsOf(answer).map(({ error_code }) => error_code)).toEqual(offsets.map(() => 0));
}

/** What the group has committed, by partition of the one topic. */
export async function groupOffsets(client: Client, id: string): Promise<Readonly<Record<number, number>>> {
  const answer = await client.get(pathOfGroup(id, '/offsets'));
  expect(answer.status, answer.text).toBe(200);
  const { data } = z.object({ data: z.array(groupOffset) }).parse(answer.json);
  return Object.fromEntries(data.map(({ partition_id, offset }) => [partition_id, offset]));
}

export type MemberBody = Readonly<Record<string, unknown>>;

/** The caller checks the answer. */
export const postBeat = (client: Client, id: string, body: MemberBody): Promise<Answer> =>
  client.post(pathOfGroup(id, '/members:heartbeat'), body);

export function postPoll(client: Client, id: string, body: MemberBody, accept?: string): Promise<Answer> {
  return client.send('POST', pathOfGroup(id, '/members:poll'), { json: body, ...(accept && { accept }) });
}

export function beatOf(answer: Answer): BeatAnswer {
  expect(answer.status, answer.text).toBe(200);
  return heartbeat.parse(answer.json);
}

export function pollOf(answer: Answer): PollAnswer {
  expect(answer.status, answer.text).toBe(200);
  return memberPoll.parse(answer.json);
}

interface Held {
  readonly topic_name: string;
  readonly partition_id: number;
  readonly assignment_epoch: number;
  position: number;
}

/** A member as an SDK would have it: it sends what it was given, and holds what it is given from there on. */
export class Member {
  readonly id: string = randomUUID();
  readonly #client: Client;
  readonly #group: string;
  readonly #settings: MemberBody;
  #epoch = 0;
  #held: readonly Held[] = [];

  /** @param settings to join with: `subscribed_topic_names` and the like; begins at the beginning unless they say otherwise */
  constructor(client: Client, id: string, settings: MemberBody) {
    this.#client = client;
    this.#group = id;
    this.#settings = { auto_offset_reset: 'earliest', ...settings };
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** What it holds, as a request says it, without positions. */
  get rights(): readonly { topic_name: string; partition_id: number; assignment_epoch: number }[] {
    return this.#held.map(({ position: _, ...right }) => right);
  }

  /** As `topic-partition`, sorted. */
  get holds(): readonly string[] {
    return this.#held.map(({ topic_name, partition_id }) => `${topic_name}-${partition_id}`).toSorted();
  }

  /** The body of its next heartbeat. */
  get body(): MemberBody {
    const { instance_id } = this.#settings;
    const joins = this.#epoch === 0 ? this.#settings : { ...(instance_id !== undefined && { instance_id }) };
    return { member_id: this.id, member_epoch: this.#epoch, topic_partitions: this.rights, ...joins };
  }

  /** Joins, or says that it lives. */
  async beat(more: MemberBody = {}): Promise<BeatAnswer> {
    const answer = beatOf(await postBeat(this.#client, this.#group, { ...this.body, ...more }));
    const positions = new Map(this.#held.map(each => [keyOf(each), each.position]));
    this.#follow(
      answer,
      answer.assignment.topic_partitions.map(({ is_new, offset, ...right }) => ({
        ...right,
        position: (is_new ? offset : positions.get(keyOf(right))) ?? 0,
      })),
    );
    return answer;
  }

  /** Beats, and is given records. */
  async poll(more: MemberBody = {}, accept?: string): Promise<PollAnswer> {
    const body = { ...this.body, topic_partitions: this.#held, max_wait_ms: 0, ...more };
    const answer = pollOf(await postPoll(this.#client, this.#group, body, accept));
    this.#follow(
      answer,
      answer.assignment.topic_partitions.map(({ topic_name, partition_id, assignment_epoch, position }) => ({
        topic_name,
        partition_id,
        assignment_epoch,
        position: position ?? 0,
      })),
    );
    return answer;
  }

  /** Commits an offset of partitions that it holds; the caller checks the answer. */
  commit(topic: string, offset: number, { partition = 0, member_id = this.id, assignment_epoch = 0 } = {}) {
    const right = this.#held.find(each => each.topic_name === topic && each.partition_id === partition);
    const epoch = assignment_epoch || right?.assignment_epoch || 1;
    const { instance_id } = this.#settings;
    const offsets = [offsetOf(topic, offset, { partition_id: partition, assignment_epoch: epoch })];
    return postOffsets(this.#client, this.#group, 'commit', { member_id, instance_id, offsets });
  }

  async leave(epoch: typeof LEAVES | typeof LEAVES_FOR_A_WHILE = LEAVES): Promise<void> {
    const { instance_id } = this.#settings;
    const body = { member_id: this.id, member_epoch: epoch, ...(instance_id !== undefined && { instance_id }) };
    const answer = beatOf(await postBeat(this.#client, this.#group, body));
    expect(answer).toMatchObject({ member_id: this.id, member_epoch: epoch, assignment: { topic_partitions: [] } });
    this.#epoch = 0;
    this.#held = [];
  }

  #follow({ member_id, member_epoch }: BeatAnswer | PollAnswer, held: readonly Held[]): void {
    expect(member_id).toBe(this.id);
    this.#epoch = member_epoch;
    this.#held = held;
  }
}

const keyOf = ({ topic_name, partition_id, assignment_epoch }: Omit<Held, 'position'>): string =>
  `${topic_name}/${partition_id}/${assignment_epoch}`;

/** Members beat in turns until each holds as many partitions as it should, nobody what another holds. */
export async function beatUntil(members: readonly Member[], counts: readonly number[]): Promise<void> {
  const until = performance.now() + SETTLED_WITHIN_MS;
  for (;;) {
    for (const member of members) await member.beat();
    const held = members.flatMap(({ holds }) => holds);
    expect(new Set(held).size, `nobody holds what another holds: ${held}`).toBe(held.length);
    const holds = members.map(member => member.holds.length);
    if (holds.every((each, index) => each === counts[index])) return;
    if (performance.now() > until) expect.fail(`they hold ${holds} partitions after ${SETTLED_WITHIN_MS} ms of beats`);
    await sleep(300);
  }
}
