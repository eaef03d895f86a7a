/** Keys and layouts of what triggers keep in the cluster table; `lib/log/catalogue.ts` lists them among all others. */
import { firstSortKey, lastSortKey } from '../log/catalogue.ts';
import { list, number, oneOf, string } from '../log/item-fields.ts';
import type { Attributes, Item, ItemKey, QueryRange } from '../ports/item-table.ts';
import type { RunRequest } from '../ports/runner-starter.ts';
import { startingPositions, type Trigger, type TriggerCell, triggerPhases } from './cells.ts';

const triggersPk = 'trigger';
const duePk = 'trigger-due';
const PARTITION_DIGITS = 4;

export const triggerKey = (name: string): ItemKey => ({ pk: triggersPk, sk: name });

export const dueKey = ({ triggerId, topicId, partition }: RunRequest, note: string): ItemKey => ({
  pk: duePk,
  sk: `${triggerId}/${topicId}/${String(partition).padStart(PARTITION_DIGITS, '0')}/${note}`,
});

export const allTriggers: QueryRange = { pk: triggersPk, from: firstSortKey, to: lastSortKey };
export const allDue: QueryRange = { pk: duePk, from: firstSortKey, to: lastSortKey };

export const triggerAttributes = (trigger: TriggerCell): Attributes => ({ ...trigger });

/** Of what is left of a trigger that was removed. */
export const goneAttributes = (goneAt: number): Attributes => ({ goneAt });

export const isGone = ({ attributes }: Item): boolean => attributes.goneAt !== undefined;

export function triggerFromItem(item: Item): Trigger {
  const { attributes: a } = item;
  return {
    name: item.sk,
    version: item.version,
    triggerId: string(item, a.triggerId),
    phase: oneOf(item, triggerPhases, a.phase),
    createdAt: number(item, a.createdAt),
    life: string(item, a.life),
    epoch: number(item, a.epoch),
    topics: list(item, a.topics).map(topic => string(item, topic)),
    groupId: string(item, a.groupId),
    startingPosition: oneOf(item, startingPositions, a.startingPosition),
    ...(a.startingTimestamp !== undefined && { startingTimestamp: number(item, a.startingTimestamp) }),
    function: string(item, a.function),
    functionTimeoutMs: number(item, a.functionTimeoutMs),
    batchSize: number(item, a.batchSize),
    batchBytes: number(item, a.batchBytes),
    batchingWindowMs: number(item, a.batchingWindowMs),
    filters: list(item, a.filters).map(pattern => string(item, pattern)),
    maximumRetryAttempts: number(item, a.maximumRetryAttempts),
    maximumRecordAgeMs: number(item, a.maximumRecordAgeMs),
    bisectsOnError: a.bisectsOnError === true,
    reportsItemFailures: a.reportsItemFailures === true,
    ...(a.onFailure !== undefined && { onFailure: string(item, a.onFailure) }),
    ...(a.declaredBy !== undefined && { declaredBy: string(item, a.declaredBy) }),
    isEnabled: a.isEnabled === true,
  };
}

/** A run that was begun, and by when it has ended or has to be begun again. */
export interface DueRun extends RunRequest {
  /** Names the run among those of its partition. */
  readonly note: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export const dueAttributes = ({ trigger, at }: Pick<DueRun, 'trigger' | 'at'>): Attributes => ({ trigger, at });

export function dueFromItem(item: Item): DueRun {
  const [triggerId = '', topicId = '', partition, note = ''] = item.sk.split('/');
  return {
    trigger: string(item, item.attributes.trigger),
    triggerId,
    topicId,
    partition: Number(partition),
    note,
    at: number(item, item.attributes.at),
  };
}
