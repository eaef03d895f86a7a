/**
 * Setting a group's offsets by what they mean, as Kafka's `kafka-consumer-groups --reset-offsets`: the group must have no members.
 */
import { sideBySide } from '../log/side-by-side.ts';
import type { TopicPartition } from '../log/topic-partition.ts';
import { setOffsets } from './alter-offsets.ts';
import { type CommitResult, type OffsetToCommit, resultOf } from './commit-offsets.ts';
import { readGroup } from './group.ts';
import type { NamedPartition } from './named-partition.ts';
import { readOffset } from './offset-cells.ts';
import { type PositionSpec, resetPosition } from './reset-position.ts';
import type { GroupServices } from './services.ts';

export type ResetTo =
  | PositionSpec
  | { readonly kind: 'offset'; readonly offset: number }
  /** From what is committed, back or forth. */
  | { readonly kind: 'shift'; readonly by: number };

export interface ResetRequest {
  readonly groupId: string;
  readonly partitions: readonly NamedPartition[];
  /** What lies beyond either end of a log becomes that end, as in Kafka. */
  readonly to: ResetTo;
}

/** A partition's new offset, or why it has none. */
export type ResetResult = NamedPartition & (CommitResult & { readonly offset?: number });

/** @throws MillraceError GROUP_NOT_EMPTY */
export async function resetOffsets(services: GroupServices, request: ResetRequest): Promise<readonly ResetResult[]> {
  const { groupId, partitions, to } = request;
  const life = (await readGroup(services, groupId))?.head.life;
  const targets = await sideBySide(partitions, async named => {
    let offset = 0;
    const find = async (at: TopicPartition) => {
      offset = await targetOffset(services, { life, at, to });
    };
    const { error } = await resultOf(() => services.topics.withPartition(named.topic, named.partition, find));
    return error ? { ...named, error } : { ...named, offset };
  });
  const offsets = targets.filter((each): each is OffsetToCommit => !('error' in each));
  const results = await setOffsets(services, { groupId, offsets });
  const byTarget = new Map(offsets.map((each, index) => [each, results[index]]));
  return targets.map(each => ('error' in each ? each : { ...each, ...byTarget.get(each) }));
}

interface Target {
  readonly life: string | undefined;
  readonly at: TopicPartition;
  readonly to: ResetTo;
}

/** What a partition's offset becomes; what lies beyond either end of the log becomes that end. */
export async function targetOffset(services: GroupServices, { life, at, to }: Target): Promise<number> {
  if (to.kind !== 'offset' && to.kind !== 'shift') return resetPosition(services, at, to);
  const { logStartOffset, highWatermark } = await services.logs.of(at).reader.bounds();
  const cell = life === undefined ? undefined : (await readOffset(services, life, at)).cell;
  const from = cell?.offset ?? cell?.start ?? logStartOffset;
  const wanted = to.kind === 'offset' ? to.offset : from + to.by;
  return Math.min(highWatermark, Math.max(logStartOffset, wanted));
}
