/** Consumer groups from outside: their offsets, of readers that are no members too, and their lags. */
import { type ApiCaller, expectNothing } from './api-caller.ts';
import type { TopicPartition } from './api-shapes.ts';
import { bodyOf } from './exchange.ts';
import type {
  CommitOffsetsParams,
  CommittedOffset,
  MemberIdentity,
  PartitionLag,
  ResetOffsetsParams,
} from './group-shapes.ts';
import { MemberApi } from './member-api.ts';
import { type OffsetResult, offsetResults } from './offset-results.ts';

interface ListBody<T> {
  readonly data: readonly T[];
}

interface PartitionBody {
  readonly topic_name: string;
  readonly partition_id: number;
}

interface CommittedBody extends PartitionBody {
  readonly offset: number;
  readonly metadata: string;
  readonly committed_at: string;
}

interface LagBody extends PartitionBody {
  readonly current_offset: number;
  readonly log_end_offset: number;
  readonly lag: number;
  readonly consumer_id: string;
}

/** @example const lags = await client.groups.lags('counts'); */
export class GroupsApi {
  readonly #api: ApiCaller;

  constructor(api: ApiCaller) {
    this.#api = api;
  }

  /**
   * Commits for a reader that is no member of the group, which may be new. An offset below the committed one changes nothing.
   *
   * @throws RequestError GROUP_NOT_EMPTY where the group has members, and of the first partition that was refused
   * @example await client.groups.commit({ group: 'counts', offsets: [{ topic: 'click', partition: 0, offset: 120 }] });
   */
  async commit({ group, offsets }: CommitOffsetsParams): Promise<void> {
    const path = await this.#pathOf(group, '/offsets:commit');
    const json = {
      offsets: offsets.map(({ topic, partition, ...rest }) => ({ ...named({ topic, partition }), ...rest })),
    };
    required(await this.#api.call({ method: 'POST', path, json }, offsetResults));
  }

  /** In the order of topics and partitions. @throws RequestError UNKNOWN_GROUP */
  async committed(group: string): Promise<readonly CommittedOffset[]> {
    const path = await this.#pathOf(group, '/offsets');
    const { data } = await this.#api.call({ method: 'GET', path }, bodyOf<ListBody<CommittedBody>>);
    return data.map(({ offset, metadata, committed_at, ...at }) => ({
      ...partitionOf(at),
      offset,
      metadata,
      committedAt: Date.parse(committed_at),
    }));
  }

  /** Of every partition that the group has an offset of, or a member. @throws RequestError UNKNOWN_GROUP */
  async lags(group: string): Promise<readonly PartitionLag[]> {
    const path = await this.#pathOf(group, '/lags');
    const { data } = await this.#api.call({ method: 'GET', path }, bodyOf<ListBody<LagBody>>);
    return data.map(({ current_offset, log_end_offset, lag, consumer_id, ...at }) => ({
      ...partitionOf(at),
      currentOffset: current_offset,
      logEndOffset: log_end_offset,
      lag,
      member: consumer_id === '' ? undefined : consumer_id,
    }));
  }

  /**
   * Sets what a group without members reads next, back or forth.
   *
   * @returns the offsets that were set
   * @throws RequestError GROUP_NOT_EMPTY, and of the first partition that was refused
   * @example await client.groups.reset({ group: 'counts', topic: 'click', to: { kind: 'earliest' } });
   */
  async reset(params: ResetOffsetsParams): Promise<readonly (TopicPartition & { readonly offset: number })[]> {
    const { group, topic, partitions } = params;
    const path = await this.#pathOf(group, '/offsets:reset');
    const json = { topics: [{ topic_name: topic, partitions }], ...targetFields(params.to) };
    const results = required(await this.#api.call({ method: 'POST', path, json }, offsetResults));
    return results.map(({ topic, partition, offset = 0 }) => ({ topic, partition, offset }));
  }

  /**
   * Deletes a group that has no members, and what it has committed.
   *
   * @throws RequestError GROUP_NOT_EMPTY; UNKNOWN_GROUP, also where this very request deleted it and its first answer was lost
   */
  async delete(group: string): Promise<void> {
    await this.#api.call({ method: 'DELETE', path: await this.#pathOf(group) }, expectNothing);
  }

  /** What a member of the group sends; `GroupConsumer` does. */
  member(identity: MemberIdentity): MemberApi {
    return new MemberApi(this.#api, identity);
  }

  #pathOf(group: string, rest = ''): Promise<string> {
    return this.#api.clusterPath(`/consumer-groups/${encodeURIComponent(group)}${rest}`);
  }
}

const named = ({ topic, partition }: TopicPartition): PartitionBody => ({ topic_name: topic, partition_id: partition });

const partitionOf = ({ topic_name, partition_id }: PartitionBody): TopicPartition => ({
  topic: topic_name,
  partition: partition_id,
});

/** @throws RequestError of the first that failed */
function required(results: readonly OffsetResult[]): readonly OffsetResult[] {
  const failed = results.find(({ error }) => error);
  if (failed?.error) throw failed.error;
  return results;
}

function targetFields(to: ResetOffsetsParams['to']) {
  switch (to.kind) {
    case 'offset':
      return { to: to.kind, offset: to.offset };
    case 'timestamp':
      return { to: to.kind, timestamp: new Date(to.timestamp).toISOString() };
    case 'shift':
      return { to: to.kind, shift_by: to.by };
    default:
      return { to: to.kind };
  }
}
