/**
 * Setting how far a paused trigger has come, by what it means, as a group's offsets are reset. Commit point: the cell of each partition.
 * A runner that is still under way finds its cell changed, and stops; whoever comes after it waits until its lease has ended.
 */

import { movedOn } from '../groups/assignments.ts';
import type { CommitResult } from '../groups/commit-offsets.ts';
import { resultOf } from '../groups/commit-offsets.ts';
import type { NamedPartition } from '../groups/named-partition.ts';
import { newOffsetCell, readOffset, writeOffset } from '../groups/offset-cells.ts';
import { type ResetTo, targetOffset } from '../groups/reset-offsets.ts';
import { sideBySide } from '../log/side-by-side.ts';
import { unknownTopic } from '../log/topic-directory.ts';
import type { TopicPartition } from '../log/topic-partition.ts';
import { MillraceError } from '../protocol/errors.ts';
import type { Trigger } from './cells.ts';
import { newRun } from './run-state.ts';
import type { TriggerServices } from './services.ts';
import { requireLive } from './update-trigger.ts';

/** Writes of a runner that may come between before a reset gives up. */
const TRIES = 6;

export interface ResetTriggerRequest {
  readonly name: string;
  readonly partitions: readonly NamedPartition[];
  /** What lies beyond either end of a log becomes that end. */
  readonly to: ResetTo;
}

export type ResetTriggerResult = NamedPartition & CommitResult & { readonly offset?: number };

/**
 * @returns one result per partition, in their order
 * @throws MillraceError UNKNOWN_TRIGGER, TRIGGER_ACTIVE where it is not paused
 */
export async function resetTrigger(
  services: TriggerServices,
  { name, partitions, to }: ResetTriggerRequest,
): Promise<readonly ResetTriggerResult[]> {
  const trigger = await requireLive(services, name);
  if (trigger.isEnabled) throw new MillraceError('TRIGGER_ACTIVE', `trigger '${name}' runs; pause it first`);
  return sideBySide(partitions, async named => {
    let offset: number | undefined;
    const { error } = await resultOf(async () => {
      if (!trigger.topics.includes(named.topic)) throw unknownTopic(named.topic);
      await services.topics.withPartition(named.topic, named.partition, async at => {
        offset = await targetOffset(services, { life: trigger.life, at, to });
        await setOffset(services, { trigger, at, topic: named.topic, offset });
      });
    });
    return error ? { ...named, error } : { ...named, ...(offset !== undefined && { offset }) };
  });
}

interface OffsetToSet {
  readonly trigger: Trigger;
  readonly at: TopicPartition;
  readonly topic: string;
  readonly offset: number;
}

async function setOffset(services: TriggerServices, { trigger, at, topic, offset }: OffsetToSet): Promise<void> {
  const { life, triggerId, epoch: since } = trigger;
  for (let tries = 0; tries < TRIES; tries++) {
    const { cell = newOffsetCell(topic), version } = await readOffset(services, life, at);
    const { epoch = 0, until = 0 } = cell.run ?? {};
    const run = { ...newRun(triggerId), epoch: epoch + 1, until };
    const next = { ...cell, offset, committedAt: services.clock.now(), since, run };
    if ((await writeOffset(services, { life, at, version, cell: next })).isWritten) return;
  }
  throw movedOn();
}
