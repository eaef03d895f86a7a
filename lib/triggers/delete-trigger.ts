/**
 * Deleting a trigger. Commit point: the mark in its item; from then on no runner begins another event. Its group stays, with how far
 * it has come, as the group of nobody.
 */
import { movedOn } from '../groups/assignments.ts';
import type { Trigger } from './cells.ts';
import { leaveGroupOfTrigger } from './claim-group.ts';
import type { TriggerServices } from './services.ts';
import { findTrigger, readTrigger, removeTrigger, replaceTrigger } from './trigger-store.ts';

/** Changes of the trigger that may come between before ours gives up. */
const TRIES = 5;

/** What is made for longer is not made any more: its maker has died. */
const MADE_WITHIN_MS = 15 * 60_000;

/** @throws MillraceError UNKNOWN_TRIGGER */
export async function deleteTrigger(services: TriggerServices, name: string): Promise<void> {
  await removeWholly(services, await readTrigger(services, name));
}

/** Ends what was begun: the deletion of a trigger, or the making of one whose maker has died. */
export async function finishTrigger(services: TriggerServices, trigger: Trigger): Promise<void> {
  const isForgotten = trigger.phase === 'creating' && services.clock.now() - trigger.createdAt > MADE_WITHIN_MS;
  if (trigger.phase === 'deleting' || isForgotten) await removeWholly(services, trigger);
}

/** Removes that trigger, and no other of its name. */
export async function removeWholly(services: TriggerServices, trigger: Trigger): Promise<void> {
  const { name, triggerId } = trigger;
  for (let tries = 0; tries < TRIES; tries++) {
    const now = await findTrigger(services, name);
    // it is gone, but whoever made it may have taken the group since
    if (now?.triggerId !== triggerId) return leaveGroupOfTrigger(services, trigger);
    const marked = now.phase === 'deleting' ? now : await replaceTrigger(services, { ...now, phase: 'deleting' });
    if (!marked) continue;
    await leaveGroupOfTrigger(services, marked);
    await removeTrigger(services, marked);
    return;
  }
  throw movedOn();
}
