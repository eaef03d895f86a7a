/** Keys and layouts of a group's items in the cluster table; `lib/log/catalogue.ts` lists them among all others. */
import { firstSortKey, lastSortKey } from '../log/catalogue.ts';
import { list, number, oneOf, record, string } from '../log/item-fields.ts';
import type { TopicPartition } from '../log/topic-partition.ts';
import type { Attributes, AttributeValue, Item, ItemKey, QueryRange } from '../ports/item-table.ts';
import {
  type AssignedTopic,
  type Assignment,
  type AssignorName,
  assignorNames,
  type ConsumerInstance,
  type DeadLife,
  type GroupHead,
  type HeldPosition,
  type Member,
  type MemberIncarnation,
  type OffsetCell,
  type OffsetReset,
  offsetResets,
  type TriggerRef,
  type TriggerRun,
} from './cells.ts';

const EPOCH_DIGITS = 10;
const PARTITION_DIGITS = 4;

/** Of one partition that an instance holds. */
const HELD_FIELDS = 5;

export const groupsPk = 'group';
export const deadLivesPk = 'dead-group';

export const headKey = (groupId: string): ItemKey => ({ pk: groupsPk, sk: groupId });
export const deadLifeKey = (life: string): ItemKey => ({ pk: deadLivesPk, sk: life });
export const lifePk = (life: string): string => `group/${life}`;

export const assignmentKey = (life: string, epoch: number): ItemKey => ({
  pk: lifePk(life),
  sk: `assignment/${String(epoch).padStart(EPOCH_DIGITS, '0')}`,
});

export const memberKey = (life: string, memberId: string): ItemKey => ({
  pk: lifePk(life),
  sk: `member/${memberId}`,
});

export const offsetKey = (life: string, { topicId, partition }: TopicPartition): ItemKey => ({
  pk: lifePk(life),
  sk: `offset/${topicId}/${String(partition).padStart(PARTITION_DIGITS, '0')}`,
});

export const membersRange = (life: string): QueryRange => underPrefix(life, 'member/');
export const offsetsRange = (life: string): QueryRange => underPrefix(life, 'offset/');
/** Up to that of an epoch, and with it. */
export const assignmentsUpTo = (life: string, epoch: number): QueryRange => ({
  pk: lifePk(life),
  from: assignmentKey(life, 0).sk,
  to: assignmentKey(life, epoch).sk,
});
export const wholeLife = (life: string): QueryRange => ({ pk: lifePk(life), from: firstSortKey, to: lastSortKey });

export const memberIdOf = ({ sk }: ItemKey): string => sk.slice('member/'.length);
export const epochOf = ({ sk }: ItemKey): number => Number(sk.slice('assignment/'.length));

export function partitionOf({ sk }: ItemKey): TopicPartition {
  const [, topicId = '', partition] = sk.split('/');
  return { topicId, partition: Number(partition) };
}

const underPrefix = (life: string, prefix: string): QueryRange => ({
  pk: lifePk(life),
  from: prefix,
  to: prefix + lastSortKey,
});

export function headAttributes({ trigger, ...head }: GroupHead): Attributes {
  return { ...head, ...(trigger && { trigger: [trigger.name, trigger.triggerId] }) };
}

export function headFromItem(item: Item): GroupHead {
  const { life, epoch, bornEpoch, changedAt, usedAt, trigger, diedAt } = item.attributes;
  return {
    life: string(item, life),
    epoch: number(item, epoch),
    bornEpoch: number(item, bornEpoch),
    changedAt: number(item, changedAt),
    usedAt: number(item, usedAt),
    ...(trigger !== undefined && { trigger: triggerRefFrom(item, trigger) }),
    ...(diedAt !== undefined && { diedAt: number(item, diedAt) }),
  };
}

function triggerRefFrom(item: Item, fields: AttributeValue): TriggerRef {
  const [name, triggerId] = list(item, fields);
  return { name: string(item, name), triggerId: string(item, triggerId) };
}

/** Attribute names are short, for an assignment is as large as its partitions are many. */
export function assignmentAttributes({ members, topics, began }: Assignment): Attributes {
  return {
    m: members.map(({ memberId, incarnation }) => [memberId, incarnation]),
    t: topics.map(({ name, topicId, owners }) => [
      name,
      topicId,
      owners.flatMap(({ member, since }) => [member, since]),
    ]),
    b: [...began].flat(),
  };
}

export function assignmentFromItem(item: Item): Assignment {
  const { m, t, b } = item.attributes;
  return {
    epoch: epochOf(item),
    members: list(item, m).map(fields => incarnationFrom(item, fields)),
    topics: list(item, t).map(fields => assignedTopic(item, fields)),
    began: new Map(pairs(item, b)),
  };
}

function assignedTopic(item: Item, fields: AttributeValue): AssignedTopic {
  const [name, topicId, owners] = list(item, fields);
  return {
    name: string(item, name),
    topicId: string(item, topicId),
    owners: pairs(item, owners).map(([member, since]) => ({ member, since })),
  };
}

function incarnationFrom(item: Item, fields: AttributeValue): MemberIncarnation {
  const [memberId, incarnation] = list(item, fields);
  return { memberId: string(item, memberId), incarnation: string(item, incarnation) };
}

export function memberAttributes({ subscription, instance, ...member }: Member): Attributes {
  return {
    ...member,
    topics: subscription.topics,
    ...(subscription.pattern !== undefined && { pattern: subscription.pattern }),
    ...(instance && { instance: { ...instance, held: heldFields(instance.held) } }),
  };
}

/** By topic, whose name and id stand once, with five numbers for each partition. */
const heldFields = (held: readonly HeldPosition[]): AttributeValue =>
  [...Map.groupBy(held, ({ topicId }) => topicId)].map(([topicId, ofTopic]) => [
    ofTopic[0]?.topic ?? '',
    topicId,
    ofTopic.flatMap(({ partition, since, position, received, committed }) => [
      partition,
      since,
      position,
      received,
      committed,
    ]),
  ]);

export function memberFromItem(item: Item): Member {
  const { attributes: a } = item;
  return {
    incarnation: string(item, a.incarnation),
    clientId: string(item, a.clientId),
    ...(a.instanceId !== undefined && { instanceId: string(item, a.instanceId) }),
    seenAt: number(item, a.seenAt),
    hasLeft: a.hasLeft === true,
    ackedEpoch: number(item, a.ackedEpoch),
    sessionTimeoutMs: number(item, a.sessionTimeoutMs),
    rebalanceTimeoutMs: number(item, a.rebalanceTimeoutMs),
    subscription: {
      topics: list(item, a.topics).map(topic => string(item, topic)),
      ...(a.pattern !== undefined && { pattern: string(item, a.pattern) }),
    },
    assignor: oneOf<AssignorName>(item, assignorNames, a.assignor),
    offsetReset: oneOf<OffsetReset>(item, offsetResets, a.offsetReset),
    ...(a.instance !== undefined && { instance: instanceFrom(item, a.instance) }),
  };
}

function instanceFrom(item: Item, value: AttributeValue): ConsumerInstance {
  const fields = record(item, value);
  return {
    format: oneOf(item, ['binary', 'json'] as const, fields.format),
    autoCommit: fields.autoCommit === true,
    fetchMinBytes: number(item, fields.fetchMinBytes),
    requestTimeoutMs: number(item, fields.requestTimeoutMs),
    isManual: fields.isManual === true,
    held: list(item, fields.held).flatMap(ofTopic => heldFrom(item, ofTopic)),
    pollId: string(item, fields.pollId),
    autoCommittedAt: number(item, fields.autoCommittedAt),
  };
}

function heldFrom(item: Item, value: AttributeValue): readonly HeldPosition[] {
  const [topic, topicId, fields] = list(item, value);
  const numbers = list(item, fields).map(each => number(item, each));
  return Array.from({ length: numbers.length / HELD_FIELDS }, (_, index) => {
    const own = numbers.slice(index * HELD_FIELDS, (index + 1) * HELD_FIELDS) as [
      number,
      number,
      number,
      number,
      number,
    ];
    const [partition, since, position, received, committed] = own;
    return {
      topic: string(item, topic),
      topicId: string(item, topicId),
      partition,
      since,
      position,
      received,
      committed,
    };
  });
}

export function offsetAttributes({ owner, ...cell }: OffsetCell): Attributes {
  const { run, ...plain } = cell;
  return {
    ...plain,
    ...(owner && { owner: [owner.memberId, owner.incarnation] }),
    ...(run && { run: runAttributes(run) }),
  };
}

export function offsetFromItem(item: Item): OffsetCell {
  const { topic, offset, metadata, committedAt, start, owner, since, run } = item.attributes;
  return {
    topic: string(item, topic),
    ...(offset !== undefined && { offset: number(item, offset) }),
    metadata: string(item, metadata),
    committedAt: number(item, committedAt),
    ...(start !== undefined && { start: number(item, start) }),
    ...(owner !== undefined && { owner: incarnationFrom(item, owner) }),
    since: number(item, since),
    ...(run !== undefined && { run: runFrom(item, run) }),
  };
}

function runAttributes({ lastResult, ...run }: TriggerRun): Attributes {
  return { ...run, ...(lastResult && { lastResult: { ...lastResult } }) };
}

function runFrom(item: Item, value: AttributeValue): TriggerRun {
  const fields = record(item, value);
  const last = fields.lastResult === undefined ? undefined : record(item, fields.lastResult);
  return {
    triggerId: string(item, fields.triggerId),
    epoch: number(item, fields.epoch),
    holder: string(item, fields.holder),
    until: number(item, fields.until),
    ends: list(item, fields.ends).map(end => number(item, end)),
    failures: number(item, fields.failures),
    unknown: number(item, fields.unknown),
    soloUntil: number(item, fields.soloUntil),
    notBefore: number(item, fields.notBefore),
    ...(last && {
      lastResult: {
        at: number(item, last.at),
        ...(last.error !== undefined && { error: string(item, last.error) }),
        ...(last.unsent !== undefined && { unsent: string(item, last.unsent) }),
      },
    }),
  };
}

export const deadLifeAttributes = (dead: DeadLife): Attributes => ({ ...dead });

export function deadLifeFromItem(item: Item): DeadLife {
  const { groupId, sweptAt } = item.attributes;
  return { groupId: string(item, groupId), ...(sweptAt !== undefined && { sweptAt: number(item, sweptAt) }) };
}

/** Numbers two by two. */
function pairs(item: Item, value: AttributeValue | undefined): [number, number][] {
  const numbers = list(item, value).map(each => number(item, each));
  return Array.from({ length: numbers.length / 2 }, (_, index) => [
    numbers[2 * index] as number,
    numbers[2 * index + 1] as number,
  ]);
}
