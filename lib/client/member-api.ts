/** What one member of a group sends: polls, heartbeats, commits, and that it leaves. Each may be repeated without harm. */
import { limits } from '../protocol/limits.ts';
import { type ApiCaller, JSON_RECORDS } from './api-caller.ts';
import { type ApiAnswer, bodyOf } from './exchange.ts';
import type {
  GrantedPartition,
  MemberAnswer,
  MemberBody,
  MemberIdentity,
  MemberPartitionBody,
  MemberPosition,
  MemberRequest,
  MemberRight,
  MemberSettings,
  PolledPartition,
  PollParams,
} from './group-shapes.ts';
import { type OffsetResult, offsetResults } from './offset-results.ts';
import { answeredError } from './request-error.ts';

const LEAVES = -1;
const LEAVES_FOR_A_WHILE = -2;

/** As HTTP has it of what is there, but not as JSON. */
const UNREADABLE = 422;

export class MemberApi {
  readonly #api: ApiCaller;
  readonly #identity: MemberIdentity;

  constructor(api: ApiCaller, identity: MemberIdentity) {
    this.#api = api;
    this.#identity = identity;
  }

  /** @throws RequestError UNKNOWN_MEMBER: it gives up all and joins again; FENCED_MEMBER: it ends */
  async poll(params: PollParams): Promise<MemberAnswer<PolledPartition>> {
    const { held, commit, maxWaitMs, maxBytes, signal } = params;
    const json = {
      ...this.#fields(params),
      topic_partitions: held.map(({ position, ...right }) => ({ ...rightFields(right), position })),
      commit,
      max_wait_ms: maxWaitMs,
      max_bytes: maxBytes,
    };
    const path = await this.#path('/members:poll');
    const request = { method: 'POST', path, json, accept: JSON_RECORDS, signal } as const;
    return this.#api.call(request, answer => answerOf(answer, polledPartition));
  }

  /** @throws RequestError as `poll` does */
  async heartbeat(params: MemberRequest<MemberRight>): Promise<MemberAnswer<GrantedPartition>> {
    const json = { ...this.#fields(params), topic_partitions: params.held.map(rightFields) };
    const path = await this.#path('/members:heartbeat');
    return this.#api.call({ method: 'POST', path, json }, answer => answerOf(answer, grantedPartition));
  }

  /** @returns one result per position; NOT_ASSIGNED where the partition is not the member's any more */
  async commit(positions: readonly MemberPosition[]): Promise<readonly OffsetResult[]> {
    const offsets = positions.map(({ position, ...right }) => ({ ...rightFields(right), offset: position }));
    const { memberId: member_id, instanceId: instance_id } = this.#identity;
    const path = await this.#path('/offsets:commit');
    const results: OffsetResult[] = [];
    for (let first = 0; first < offsets.length; first += limits.offsetsPerCommit) {
      const some = offsets.slice(first, first + limits.offsetsPerCommit);
      const json = { member_id, instance_id, offsets: some };
      results.push(...(await this.#api.call({ method: 'POST', path, json }, offsetResults)));
    }
    return results;
  }

  /** `keepPartitions` leaves it to its session to end: a process of the same instance id takes over what it had. */
  async leave({ keepPartitions }: { readonly keepPartitions: boolean }): Promise<void> {
    const memberEpoch = keepPartitions ? LEAVES_FOR_A_WHILE : LEAVES;
    const path = await this.#path('/members:heartbeat');
    await this.#api.call({ method: 'POST', path, json: this.#fields({ memberEpoch }) }, bodyOf);
  }

  #fields({ memberEpoch, settings }: Omit<MemberRequest<never>, 'held'>) {
    const { memberId: member_id, instanceId: instance_id } = this.#identity;
    return { member_id, instance_id, member_epoch: memberEpoch, ...(settings && settingFields(settings)) };
  }

  #path(rest: string): Promise<string> {
    return this.#api.clusterPath(`/consumer-groups/${encodeURIComponent(this.#identity.group)}${rest}`);
  }
}

const settingFields = ({ topics, pattern, autoOffsetReset, sessionTimeoutMs }: MemberSettings) => ({
  subscribed_topic_names: topics,
  subscribed_topic_regex: pattern,
  auto_offset_reset: autoOffsetReset,
  session_timeout_ms: sessionTimeoutMs,
});

const rightFields = ({ topic, partition, assignmentEpoch }: MemberRight) => ({
  topic_name: topic,
  partition_id: partition,
  assignment_epoch: assignmentEpoch,
});

const rightOf = ({ topic_name, partition_id, assignment_epoch }: MemberPartitionBody): MemberRight => ({
  topic: topic_name,
  partition: partition_id,
  assignmentEpoch: assignment_epoch,
});

function answerOf<P extends GrantedPartition>(
  answer: ApiAnswer,
  read: (partition: MemberPartitionBody) => P,
): MemberAnswer<P> {
  const { member_epoch, heartbeat_interval_ms, assignment } = bodyOf<MemberBody>(answer);
  const partitions = assignment.topic_partitions.map(read);
  return { memberEpoch: member_epoch, heartbeatIntervalMs: heartbeat_interval_ms, partitions };
}

const grantedPartition = (body: MemberPartitionBody): GrantedPartition => ({
  ...rightOf(body),
  position: body.offset ?? undefined,
});

function polledPartition(body: MemberPartitionBody): PolledPartition {
  const { records = [], position, high_watermark: highWatermark = -1, message } = body;
  const error = message === undefined ? undefined : answeredError({ status: UNREADABLE, message });
  return { ...rightOf(body), records, highWatermark, position: position ?? undefined, error };
}
