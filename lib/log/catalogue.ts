/**
 * The catalogue of every item and object that Millrace stores: its key, its attributes, and who may change it.
 *
 * `log` table, write-once entries (attribute names are one letter: they are paid for by the byte):
 *
 * | item | pk | sk | attributes |
 * |---|---|---|---|
 * | entry | `<topicId>/<partition>` | base offset, 20 digits | n count, t max timestamp, c created, z bytes, s bytes of the log up to its end, q producers; b bytes, or o object key and p put time |
 *
 * `cluster` table, versioned cells:
 *
 * | item | pk | sk | attributes |
 * |---|---|---|---|
 * | cluster | `cluster` | `cluster` | clusterId |
 * | topic | `topic` | name | topicId, partitions, config, createdAt, deleted, deletedAt, declaredBy |
 * | partition state | `partition/<topicId>/<partition>` | `state` | logStartOffset, rolledOffset, rolledBytes, rolledTimestamp, fence, leaderEpoch, manifestKey, deleted |
 * | leader | `partition/<topicId>/<partition>` | `leader` | brokerId, leaderEpoch, until |
 * | sweep | `partition/<topicId>/<partition>` | `sweep` | fence, endedAt, manifestKey, batchesBefore |
 * | producer, in a partition | `partition/<topicId>/<partition>` | `producer/<producerId>` | epoch, pending, recent |
 * | producer | `producer/<producerId>` | `epoch` | producerEpoch |
 * | object claim | `partition/<topicId>/<partition>` | `object/<id>` | claim |
 * | rolled, where entries do not expire by themselves | `partition/<topicId>/<partition>` | `rolled` | rolledOffset, at |
 * | deleted topic | `deleted` | topicId | name, partitions, removedAt |
 * | worker | `worker` | broker id, 10 digits | host, port, seenAt |
 * | group's head | `group` | group id | life, epoch, bornEpoch, changedAt, usedAt, trigger, diedAt |
 * | member of a group, or consumer instance | `group/<life>` | `member/<member id>` | incarnation, seenAt, ackedEpoch, subscription and settings; of an instance its positions |
 * | offset of a group | `group/<life>` | `offset/<topicId>/<partition, 4 digits>` | topic, offset, metadata, committedAt, start, owner, since; of a trigger its run: lease, ranges, failures |
 * | dead life of a group | `dead-group` | life | groupId, sweptAt |
 * | trigger | `trigger` | name | triggerId, phase, createdAt, life and epoch of its group, declaredBy, topics, function and settings; for 30 days after it was removed, goneAt alone |
 * | run of a trigger that is due, write-once | `trigger-due` | `<triggerId>/<topicId>/<partition, 4 digits>/<id>` | trigger, at |
 *
 * `cluster` table, write-once:
 *
 * | item | pk | sk | attributes |
 * |---|---|---|---|
 * | assignment of a group | `group/<life>` | `assignment/<epoch, 10 digits>` | m members, t topics with owner and since by partition, b when epochs began |
 *
 * The layouts of groups are in `lib/groups/items.ts`, those of triggers in `lib/triggers/items.ts`.
 *
 * Bucket, where a fence is that at which the object's maker began, 10 digits:
 *
 * | object | key |
 * |---|---|
 * | batches too big to stand in their entry, written before it | `batches/<topicId>/<partition>/<id>` |
 * | segment | `segments/<topicId>/<partition>/<base offset, 20 digits>-<fence>-<id>.log` |
 * | manifest, or a chapter of one | `manifests/<topicId>/<partition>/<fence>-<id>.json` |
 * | list of big batches that were put into a segment | `manifests/<topicId>/<partition>/<fence>-<id>.folded` |
 */
import type { Attributes, AttributeValue, Item, ItemKey } from '../ports/item-table.ts';
import type { TopicConfigOverrides } from '../protocol/topic-config.ts';
import type {
  Declarer,
  DeletedTopic,
  LeaderLease,
  ObjectClaim,
  PartitionState,
  ProducerCell,
  RolledMark,
  SweepMark,
  TopicCell,
  WorkerCell,
} from './cells.ts';
import { list, malformed, number, record, string } from './item-fields.ts';
import type { LogEntry, ProducerBatch } from './log-entry.ts';
import type { TopicPartition } from './topic-partition.ts';

const OFFSET_DIGITS = 20;
const BROKER_ID_DIGITS = 10;
const FENCE_DIGITS = 10;

export const clusterKey: ItemKey = { pk: 'cluster', sk: 'cluster' };

export const topicsPk = 'topic';

export const workersPk = 'worker';

/** Sorts before every sort key of a cell. */
export const firstSortKey = ' ';

/** Sorts after every sort key of a cell. */
export const lastSortKey = '\u{10ffff}';

export const topicKey = (name: string): ItemKey => ({ pk: topicsPk, sk: name });

export const workerKey = (brokerId: number): ItemKey => ({
  pk: workersPk,
  sk: String(brokerId).padStart(BROKER_ID_DIGITS, '0'),
});

export const producerEpochKey = (producerId: number): ItemKey => ({ pk: `producer/${producerId}`, sk: 'epoch' });

export const deletedTopicsPk = 'deleted';

export const deletedTopicKey = (topicId: string): ItemKey => ({ pk: deletedTopicsPk, sk: topicId });

/** The claim on a big batch's object. */
export function objectClaimKey(objectKey: string): ItemKey {
  const [, topicId, partition, id] = objectKey.split('/');
  return { pk: `partition/${topicId}/${partition}`, sk: `object/${id}` };
}

export const partitionStateKey = (at: TopicPartition): ItemKey => ({ pk: partitionPk(at), sk: 'state' });

export const leaderKey = (at: TopicPartition): ItemKey => ({ pk: partitionPk(at), sk: 'leader' });

export const sweepMarkKey = (at: TopicPartition): ItemKey => ({ pk: partitionPk(at), sk: 'sweep' });

export const rolledMarkKey = (at: TopicPartition): ItemKey => ({ pk: partitionPk(at), sk: 'rolled' });

/** Where all cells of a partition are. */
export const partitionPk = (at: TopicPartition): string => `partition/${logKeyOf(at)}`;

export const producerCellKey = (at: TopicPartition, producerId: number): ItemKey => ({
  pk: partitionPk(at),
  sk: `producer/${producerId}`,
});

/** Names one partition's log: the partition key of its entries. */
export const logKeyOf = (at: TopicPartition): string => `${at.topicId}/${at.partition}`;

export const entrySk = (baseOffset: number): string => String(baseOffset).padStart(OFFSET_DIGITS, '0');

/** Sorts after every entry. */
export const lastEntrySk = '9'.repeat(OFFSET_DIGITS);

/** The folders of the bucket. */
export const folders = ['batches', 'segments', 'manifests'] as const;

export type Folder = (typeof folders)[number];

/** What the keys of a partition's objects begin with. */
export const objectPrefix = (folder: Folder, at: TopicPartition): string => `${folder}/${logKeyOf(at)}/`;

export const batchObjectKey = (at: TopicPartition, id: string): string => `${objectPrefix('batches', at)}${id}`;

/** What makes the key of an object that is published: the fence at which its maker began, and an id. */
export interface PublishedKey {
  readonly fence: number;
  readonly id: string;
}

export const segmentObjectKey = (at: TopicPartition, baseOffset: number, { fence, id }: PublishedKey): string =>
  `${objectPrefix('segments', at)}${entrySk(baseOffset)}-${fenceDigits(fence)}-${id}.log`;

export const manifestKey = (at: TopicPartition, { fence, id }: PublishedKey): string =>
  `${objectPrefix('manifests', at)}${fenceDigits(fence)}-${id}.json`;

export const foldedListKey = (at: TopicPartition, { fence, id }: PublishedKey): string =>
  `${objectPrefix('manifests', at)}${fenceDigits(fence)}-${id}${FOLDED}`;

export const isFoldedList = (key: string): boolean => key.endsWith(FOLDED);

/** The fence at which the maker of a segment, a manifest or a list began; `undefined` of a key that is none of ours. */
export function fenceOfKey(key: string): number | undefined {
  const [, fence] = /(?:\/|-)(\d{10})-[^/]{22}\.[a-z]+$/.exec(key) ?? [];
  return fence === undefined ? undefined : Number(fence);
}

const FOLDED = '.folded';

const fenceDigits = (fence: number): string => String(fence).padStart(FENCE_DIGITS, '0');

export function entryAttributes(entry: LogEntry): Attributes {
  const { payload, producers } = entry;
  const common = {
    n: entry.count,
    t: entry.maxTimestamp,
    c: entry.createdAt,
    z: payload.sizeInBytes,
    s: entry.logBytes,
    ...(producers.length > 0 && { q: producers.map(p => [p.position, p.producerId, p.epoch, p.sequence, p.count]) }),
  };
  return payload.kind === 'inline'
    ? { ...common, b: payload.bytes }
    : { ...common, o: payload.objectKey, p: payload.putAt };
}

export function entryFromItem(item: Item): LogEntry {
  const { n, t, c, z, s, q, b, o, p } = item.attributes;
  const sizeInBytes = number(item, z);
  return {
    baseOffset: Number(item.sk),
    writeId: item.writeId,
    count: number(item, n),
    maxTimestamp: number(item, t),
    createdAt: number(item, c),
    logBytes: number(item, s),
    producers: q === undefined ? [] : list(item, q).map(fields => producerBatch(item, fields)),
    payload:
      b instanceof Uint8Array
        ? { kind: 'inline', bytes: b, sizeInBytes }
        : { kind: 'object', objectKey: string(item, o), putAt: number(item, p), sizeInBytes },
  };
}

function producerBatch(item: Item, fields: AttributeValue): ProducerBatch {
  const [position, producerId, epoch, sequence, count] = list(item, fields).map(field => number(item, field));
  return {
    position: number(item, position),
    producerId: number(item, producerId),
    epoch: number(item, epoch),
    sequence: number(item, sequence),
    count: number(item, count),
  };
}

export function topicAttributes(topic: TopicCell): Attributes {
  const { topicId, partitions, config, createdAt, deleted, deletedAt, declaredBy } = topic;
  const deletion = deletedAt === undefined ? {} : { deletedAt };
  const declarer = declaredBy && { declaredBy: { ...declaredBy } };
  return { topicId, partitions, config: { ...config }, createdAt, deleted, ...deletion, ...declarer };
}

export function topicFromItem(item: Item): TopicCell {
  const { topicId, partitions, config, createdAt, deleted, deletedAt, declaredBy } = item.attributes;
  return {
    topicId: string(item, topicId),
    partitions: number(item, partitions),
    config: record(item, config) as TopicConfigOverrides,
    createdAt: number(item, createdAt),
    deleted: deleted === true,
    ...(deletedAt !== undefined && { deletedAt: number(item, deletedAt) }),
    ...(declaredBy !== undefined && { declaredBy: declarerFrom(item, record(item, declaredBy)) }),
  };
}

const declarerFrom = (item: Item, { name, life }: Attributes): Declarer => ({
  name: string(item, name),
  life: string(item, life),
});

export const partitionStateAttributes = (state: PartitionState): Attributes => ({ ...state });

export function partitionStateFromItem(item: Item): PartitionState {
  const { logStartOffset, rolledOffset, rolledBytes, rolledTimestamp, fence, leaderEpoch, manifestKey, deleted } =
    item.attributes;
  return {
    logStartOffset: number(item, logStartOffset),
    rolledOffset: number(item, rolledOffset),
    rolledBytes: number(item, rolledBytes),
    rolledTimestamp: number(item, rolledTimestamp),
    fence: number(item, fence),
    leaderEpoch: number(item, leaderEpoch),
    ...(manifestKey !== undefined && { manifestKey: string(item, manifestKey) }),
    deleted: deleted === true,
  };
}

export const leaderLeaseAttributes = (lease: LeaderLease): Attributes => ({ ...lease });

export function leaderLeaseFromItem(item: Item): LeaderLease {
  const { brokerId, leaderEpoch, until } = item.attributes;
  return {
    brokerId: number(item, brokerId),
    leaderEpoch: number(item, leaderEpoch),
    until: number(item, until),
  };
}

export const sweepMarkAttributes = (mark: SweepMark): Attributes => ({ ...mark });

export function sweepMarkFromItem(item: Item): SweepMark {
  const { fence, endedAt, manifestKey, batchesBefore } = item.attributes;
  return {
    fence: number(item, fence),
    endedAt: number(item, endedAt),
    ...(manifestKey !== undefined && { manifestKey: string(item, manifestKey) }),
    batchesBefore: number(item, batchesBefore),
  };
}

export const rolledMarkAttributes = (mark: RolledMark): Attributes => ({ ...mark });

export function rolledMarkFromItem(item: Item): RolledMark {
  const { rolledOffset, at } = item.attributes;
  return { rolledOffset: number(item, rolledOffset), at: number(item, at) };
}

export const deletedTopicAttributes = (topic: DeletedTopic): Attributes => ({ ...topic });

export function deletedTopicFromItem(item: Item): DeletedTopic {
  const { name, partitions, removedAt } = item.attributes;
  return {
    name: string(item, name),
    partitions: number(item, partitions),
    ...(removedAt !== undefined && { removedAt: number(item, removedAt) }),
  };
}

export function producerCellAttributes(cell: ProducerCell): Attributes {
  const { epoch, pending, recent } = cell;
  return {
    epoch,
    ...(pending && { pending: [pending.sequence, pending.count, pending.searchFrom] }),
    recent: recent.map(batch => [batch.sequence, batch.count, batch.offset]),
  };
}

export function producerCellFromItem(item: Item): ProducerCell {
  const { epoch, pending, recent } = item.attributes;
  const triple = (fields: AttributeValue) => {
    const [sequence, count, offset] = list(item, fields);
    return { sequence: number(item, sequence), count: number(item, count), offset: number(item, offset) };
  };
  const waiting = pending === undefined ? undefined : triple(pending);
  return {
    epoch: number(item, epoch),
    ...(waiting && { pending: { sequence: waiting.sequence, count: waiting.count, searchFrom: waiting.offset } }),
    recent: list(item, recent).map(triple),
  };
}

export const objectClaimAttributes = (claim: ObjectClaim): Attributes => ({ claim });

export function objectClaimFromItem(item: Item): ObjectClaim {
  const { claim } = item.attributes;
  return claim === 'kept' || claim === 'swept' ? claim : malformed(item, 'claim');
}

export const workerAttributes = (worker: WorkerCell): Attributes => ({ ...worker });

export function workerFromItem(item: Item): WorkerCell {
  const { brokerId, host, port, seenAt } = item.attributes;
  return {
    brokerId: number(item, brokerId),
    host: string(item, host),
    port: number(item, port),
    seenAt: number(item, seenAt),
  };
}
