/**
 * Members that keep their positions themselves: one heartbeat, in the shape of Kafka's (KIP-848), and the same with the records that
 * follow. A client loops: it sends what it was given, and is given what it may hold from there on.
 */
import { commitOffsets } from '../../groups/commit-offsets.ts';
import { type HeartbeatAnswer, heartbeat } from '../../groups/heartbeat.ts';
import { leaveIfPresent } from '../../groups/leave-group.ts';
import { MillraceError } from '../../protocol/errors.ts';
import { v3Group } from '../consumer-params.ts';
import { jsonBody } from '../json-body.ts';
import { mediaType } from '../media-type.ts';
import {
  baseOf,
  beatAnswer,
  frameBytesOf,
  type Placed,
  partitionOf,
  placesOf,
  pollAnswerOf,
  writePartition,
} from '../member-answers.ts';
import {
  type Beat,
  beat,
  changedSettings,
  JOINS,
  joiningSettings,
  LEAVES,
  type MemberCall,
  type Poll,
  poll,
  rightOf,
} from '../member-requests.ts';
import { type PositionRead, readPositions } from '../read-positions.ts';
import { json } from '../reply.ts';
import { route } from '../route.ts';
import { binaryData, jsonData } from '../write-record.ts';

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
        frameBytes: places.reduce((sum, place) => sum + frameBytesOf(place), 0),
      });
      const readOf = new Map<Placed, PositionRead | undefined>(known.map((each, index) => [each, reads[index]]));
      const written = await Promise.all(
        places.map(each => writePartition(call.services, answer, each, readOf.get(each))),
      );
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
    ...(isJoining ? { joining: joiningSettings(body) } : { changes: changedSettings(body) }),
    held: body.topic_partitions.map(rightOf),
  });
}

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
