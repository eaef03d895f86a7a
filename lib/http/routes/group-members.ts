/**
 * Members that keep their positions themselves: one heartbeat, in the shape of Kafka's (KIP-848), and the same with the records that
 * follow. A client loops: it sends what it was given, and is given what it may hold from there on.
 */
import * as z from 'zod';
import { assignorNames, offsetResets } from '../../groups/cells.ts';
import { commitOffsets } from '../../groups/commit-offsets.ts';
import { type AssignedPartition, type HeartbeatAnswer, heartbeat } from '../../groups/heartbeat.ts';
import type { MemberSettings } from '../../groups/join-group.ts';
import { leaveIfPresent } from '../../groups/leave-group.ts';
import { resetPosition, withoutOffset } from '../../groups/reset-position.ts';
import { checkPattern } from '../../groups/topic-matches.ts';
import { errorTable, MillraceError } from '../../protocol/errors.ts';
import { limits } from '../../protocol/limits.ts';
import { checkTopicName } from '../../protocol/topic-name.ts';
import { offset, v3Group } from '../consumer-params.ts';
import { HttpError } from '../http-error.ts';
import { jsonBody } from '../json-body.ts';
import { mediaType } from '../media-type.ts';
import { type PositionRead, readPositions } from '../read-positions.ts';
import { isUnicode, MAX_PARTITION, NOT_UNICODE, optional } from '../record-schemas.ts';
import { json } from '../reply.ts';
import { type Call, route } from '../route.ts';
import { binaryData, jsonData, recordOf } from '../write-record.ts';

/** Kafka's member epochs that are none: who joins, who leaves, and who leaves for a while and keeps its partitions. */
const JOINS = 0;
const LEAVES = -1;
const LEAVES_FOR_A_WHILE = -2;

const DEFAULT_SESSION_MS = 45_000;
const DEFAULT_REBALANCE_MS = 60_000;

/** Room for what an answer says of a partition beside its records. */
const PARTITION_FRAME_BYTES = 1_024;

const NOT_JSON = 87;
const TOO_LARGE = errorTable.MESSAGE_TOO_LARGE.kafkaCode;

const held = z.strictObject({
  topic_name: z.string().max(limits.topicNameLength),
  partition_id: z.int().min(0).max(MAX_PARTITION),
  assignment_epoch: z.int().min(1).meta({ description: 'As it came with the partition; part of the right to it.' }),
});

const identity = {
  member_id: z
    .string()
    .min(1)
    .max(limits.groupIdLength)
    .meta({ description: 'Made by the client, anew whenever it starts, such as a UUID.' }),
  instance_id: optional(z.string().min(1).max(limits.groupIdLength)).meta({
    description: 'A name that stays: whoever joins with it has the partitions of who had it before, who is fenced.',
  }),
  member_epoch: z.int().min(LEAVES_FOR_A_WHILE).meta({
    description:
      'The epoch of the last answer; 0 to join, -1 to leave, -2 to leave for a while and keep the partitions of an instance_id.',
  }),
};

const settings = {
  client_id: optional(z.string().max(limits.groupIdLength).refine(isUnicode, NOT_UNICODE)),
  subscribed_topic_names: optional(z.array(z.string().max(limits.topicNameLength)).max(limits.topicsPerSubscription)),
  subscribed_topic_regex: optional(z.string().max(limits.topicPatternLength)).meta({
    description: 'An RE2 pattern of whole names; empty for none.',
  }),
  server_assignor: optional(z.string()),
  auto_offset_reset: optional(z.enum(offsetResets)).meta({ description: 'latest, where it is left out.' }),
  session_timeout_ms: optional(z.int().min(limits.sessionTimeoutLeastMs).max(limits.sessionTimeoutMs)),
  rebalance_timeout_ms: optional(z.int().min(limits.rebalanceTimeoutLeastMs).max(limits.rebalanceTimeoutMs)),
};

const beat = z.strictObject({
  ...identity,
  ...settings,
  topic_partitions: z.array(held).max(limits.partitionsPerGroup).default([]),
});

const poll = z.strictObject({
  ...identity,
  ...settings,
  topic_partitions: z
    .array(held.extend({ position: offset.nullable() }))
    .max(limits.partitionsPerGroup)
    .default([]),
  commit: z
    .boolean()
    .default(false)
    .meta({ description: 'Whether to commit the positions first: what is below them has been read.' }),
  max_bytes: z.int().min(1).max(limits.fetchBytes).default(limits.answerBytes),
  max_wait_ms: z.int().min(0).max(limits.fetchWaitMs).default(500),
  min_bytes: z.int().min(0).max(limits.fetchBytes).default(1),
});

const assigned = {
  topic_name: z.string(),
  partition_id: z.int(),
  assignment_epoch: z.int(),
  is_new: z.boolean().meta({ description: 'Whether the member did not hold it before.' }),
};

const answerBase = {
  member_id: z.string(),
  member_epoch: z.int().meta({ description: 'To be sent with the next.' }),
  heartbeat_interval_ms: z.int().meta({ description: 'When the next is due.' }),
};

const beatAnswer = z.object({
  kind: z.literal('MillraceMemberHeartbeat'),
  ...answerBase,
  assignment: z.object({
    topic_partitions: z.array(
      z.object({
        ...assigned,
        offset: z
          .int()
          .nullable()
          .optional()
          .meta({ description: 'Where to begin, of one that is new; null where the group has no offset of it.' }),
      }),
    ),
  }),
});

const pollAnswerOf = (data: z.ZodType) =>
  z.object({
    kind: z.literal('MillraceMemberPoll'),
    ...answerBase,
    assignment: z.object({
      topic_partitions: z.array(
        z.object({
          ...assigned,
          position: z
            .int()
            .nullable()
            .meta({ description: 'To be sent with the next; null where the group has no offset of it.' }),
          high_watermark: z.int().meta({ description: '-1 where it is not known.' }),
          error_code: z.int().meta({ description: "Kafka's number; 0 for none." }),
          message: z.string().optional(),
          records: z.array(recordOf(data)),
        }),
      ),
    }),
  });

type Beat = z.output<typeof beat>;
type Poll = z.output<typeof poll>;
type MemberCall<Body> = Call<z.output<typeof v3Group>, unknown, Body>;

const binaryAnswer = pollAnswerOf(binaryData);

export const groupMemberRoutes = [
  route({
    method: 'POST',
    path: '/v3/clusters/{cluster_id}/consumer-groups/{consumer_group_id}/members:heartbeat',
    servedBy: 'groups',
    summary: 'Join a group, stay in it and follow its assignment, or leave',
    params: v3Group,
    body: jsonBody(beat),
    answer: { status: 200, description: 'What the member may hold.', content: { [mediaType.json]: beatAnswer } },
    async answers(call) {
      if (call.body.member_epoch < JOINS) return leave(call);
      const answer = await beatOf(call);
      const topic_partitions = answer.partitions.map(each => ({
        ...partitionOf(each),
        ...(each.isNew && { offset: each.offset ?? null }),
      }));
      return json({ kind: 'MillraceMemberHeartbeat', ...baseOf(call.body, answer), assignment: { topic_partitions } });
    },
  }),
  route({
    method: 'POST',
    path: '/v3/clusters/{cluster_id}/consumer-groups/{consumer_group_id}/members:poll',
    servedBy: 'groups',
    summary: 'A heartbeat that brings the records that follow, and commits what was read',
    params: v3Group,
    body: jsonBody(poll),
    answer: {
      status: 200,
      description: 'What the member may hold, the records of it, and where to read on.',
      content: {
        [mediaType.json]: binaryAnswer,
        [mediaType.v2Binary]: binaryAnswer,
        [mediaType.v2Json]: pollAnswerOf(jsonData),
      },
    },
    async answers(call) {
      if (call.body.member_epoch < JOINS) return leave(call);
      if (call.body.commit && call.body.topic_partitions.length > 0) await commitPositions(call);
      const answer = await beatOf(call);
      const places = placesOf(call.body, answer);
      const known = places.filter((each): each is Placed & { position: number } => each.position !== undefined);
      const reads = await readPositions(call, {
        positions: known,
        format: call.accepted === mediaType.v2Json ? 'json' : 'binary',
        isPlaced: false,
        maxBytes: call.body.max_bytes,
        minBytes: call.body.min_bytes,
        maxWaitMs: isLosing(call.body, answer)
          ? 0
          : Math.min(call.body.max_wait_ms, answer.maxWaitMs, answer.intervalMs),
        frameBytes: places.length * PARTITION_FRAME_BYTES,
      });
      const readOf = new Map<Placed, PositionRead | undefined>(known.map((each, index) => [each, reads[index]]));
      const written = await Promise.all(places.map(each => writePartition(call, answer, each, readOf.get(each))));
      const base = JSON.stringify({ kind: 'MillraceMemberPoll', ...baseOf(call.body, answer) });
      return { body: `${base.slice(0, -1)},"assignment":{"topic_partitions":[${written.join(',')}]}}` };
    },
  }),
];

/** The id under which the group knows the member, and the id of its process. */
const nameOf = ({ params, body }: MemberCall<Beat>) => ({
  groupId: params.consumer_group_id,
  memberId: body.instance_id ?? body.member_id,
  incarnation: body.member_id,
});

async function leave(call: MemberCall<Beat>) {
  const { body } = call;
  // who leaves for a while is only silent for a while
  const isForGood = body.member_epoch === LEAVES || body.instance_id === undefined;
  if (isForGood) await leaveIfPresent(call.services, nameOf(call));
  const base = { member_id: body.member_id, member_epoch: body.member_epoch, heartbeat_interval_ms: 0 };
  return json({ kind: 'MillraceMemberHeartbeat', ...base, assignment: { topic_partitions: [] } });
}

function beatOf(call: MemberCall<Beat>): Promise<HeartbeatAnswer> {
  const { body, services } = call;
  const isJoining = body.member_epoch === JOINS;
  return heartbeat(services, {
    ...nameOf(call),
    isJoining,
    settings: isJoining ? joiningSettings(body) : changedSettings(body),
    held: body.topic_partitions.map(rightOf),
  });
}

const rightOf = ({ topic_name: topic, partition_id: partition, assignment_epoch: since }: z.output<typeof held>) => ({
  topic,
  partition,
  since,
});

function joiningSettings(body: Beat): MemberSettings {
  const wanted = changedSettings(body);
  const { topics = [], pattern } = wanted.subscription ?? {};
  if (topics.length === 0 && pattern === undefined)
    throw new HttpError(422, 'who joins gives subscribed_topic_names, subscribed_topic_regex, or both');
  return {
    clientId: '',
    assignor: 'uniform',
    offsetReset: 'latest',
    sessionTimeoutMs: DEFAULT_SESSION_MS,
    rebalanceTimeoutMs: DEFAULT_REBALANCE_MS,
    ...wanted,
    subscription: { topics, ...(pattern !== undefined && { pattern }) },
    instanceId: body.instance_id,
  };
}

/** What a member says that it wants from now on; what it leaves out stays as it is. */
function changedSettings(body: Beat): Partial<MemberSettings> {
  const { subscribed_topic_names: names, subscribed_topic_regex: regex, server_assignor } = body;
  const pattern = regex ? { pattern: checkPattern(regex) } : {};
  const topics = [...new Set(names?.map(checkTopicName))];
  return {
    ...((names || regex !== undefined) && { subscription: { topics, ...pattern } }),
    ...(body.client_id !== undefined && { clientId: body.client_id }),
    ...(server_assignor !== undefined && { assignor: assignorOf(server_assignor) }),
    ...(body.auto_offset_reset && { offsetReset: body.auto_offset_reset }),
    ...(body.session_timeout_ms !== undefined && { sessionTimeoutMs: body.session_timeout_ms }),
    ...(body.rebalance_timeout_ms !== undefined && { rebalanceTimeoutMs: body.rebalance_timeout_ms }),
  };
}

function assignorOf(name: string): MemberSettings['assignor'] {
  const known = assignorNames.find(each => each === name);
  if (known) return known;
  throw new MillraceError('UNSUPPORTED_ASSIGNOR', `'${name.slice(0, 60)}' is none of ${assignorNames.join(', ')}`);
}

const baseOf = ({ member_id }: Beat, { epoch, intervalMs }: HeartbeatAnswer) => ({
  member_id,
  member_epoch: epoch,
  heartbeat_interval_ms: intervalMs,
});

const partitionOf = ({ topic, partition, since, isNew }: AssignedPartition) => ({
  topic_name: topic,
  partition_id: partition,
  assignment_epoch: since,
  is_new: isNew,
});

/** A partition that is not the member's any more is passed over: who has it now reads on from what was committed before. */
async function commitPositions(call: MemberCall<Poll>): Promise<void> {
  const { memberId, incarnation, groupId } = nameOf(call);
  const offsets = call.body.topic_partitions.flatMap(each =>
    each.position === null ? [] : [{ ...rightOf(each), offset: each.position }],
  );
  const results = await commitOffsets(call.services, { groupId, member: { memberId, incarnation }, offsets }).catch(
    (error: unknown) => {
      // that it has to join is what the heartbeat says
      if (error instanceof MillraceError && error.code === 'UNKNOWN_GROUP') return [];
      throw error;
    },
  );
  const failed = results.find(({ error }) => error && !LOST.has(error.code));
  if (failed?.error) throw failed.error;
}

const LOST: ReadonlySet<MillraceError['code']> = new Set(['NOT_ASSIGNED', 'UNKNOWN_TOPIC', 'UNKNOWN_PARTITION']);

/** Whether the client is to give something up: others wait for it. */
function isLosing({ topic_partitions }: Poll, { partitions }: HeartbeatAnswer): boolean {
  const kept = partitions.filter(({ isNew }) => !isNew);
  return kept.length < topic_partitions.length;
}

/** A partition with the offset to read, as the client sent it, or as it begins. */
interface Placed extends AssignedPartition {
  readonly position: number | undefined;
}

function placesOf({ topic_partitions }: Poll, { partitions }: HeartbeatAnswer): readonly Placed[] {
  const sent = new Map(topic_partitions.map(each => [`${each.topic_name}/${each.partition_id}`, each.position]));
  return partitions.map(each => ({
    ...each,
    position: each.isNew ? each.offset : (sent.get(`${each.topic}/${each.partition}`) ?? undefined),
  }));
}

async function writePartition(
  call: MemberCall<Poll>,
  answer: HeartbeatAnswer,
  place: Placed,
  read: PositionRead | undefined,
): Promise<string> {
  const said = {
    ...partitionOf(place),
    position: read?.nextOffset ?? null,
    high_watermark: read?.highWatermark ?? -1,
    ...(await errorOf(call, answer, place, read)),
  };
  return `${JSON.stringify(said).slice(0, -1)},"records":[${read?.records ?? ''}]}`;
}

/** What kept a partition from being read; where its log ends before the position, or begins after it, the position is reset. */
async function errorOf(
  { services }: MemberCall<Poll>,
  { offsetReset }: HeartbeatAnswer,
  place: Placed,
  read: PositionRead | undefined,
): Promise<{ readonly error_code: number; readonly message?: string; readonly position?: number }> {
  if (place.position === undefined) {
    const { kafkaCode, message } = withoutOffset(place);
    return { error_code: kafkaCode, message };
  }
  if (!read?.error) return { error_code: 0 };
  const { error } = read;
  const { message } = error;
  if (!(error instanceof MillraceError)) return { error_code: error.status === 413 ? TOO_LARGE : NOT_JSON, message };
  const isReset = error.code === 'OFFSET_OUT_OF_RANGE' && offsetReset !== 'none';
  if (!isReset) return { error_code: error.kafkaCode, message };
  const position = await resetPosition(services, place, { kind: offsetReset });
  return { error_code: error.kafkaCode, message, position };
}
