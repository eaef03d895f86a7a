/** Changing the settings of a trigger, pausing it and letting it go on. Commit point: its item. Runners follow with their next event. */
import { movedOn } from '../groups/assignments.ts';
import { MillraceError } from '../protocol/errors.ts';
import type { Trigger, TriggerSettings } from './cells.ts';
import { checkDestination } from './check-destination.ts';
import { startTrigger } from './dispatch.ts';
import type { TriggerServices } from './services.ts';
import { checkSettings } from './settings.ts';
import { readTrigger, replaceTrigger } from './trigger-store.ts';

/** Changes of the trigger that may come between before ours gives up. */
const TRIES = 5;

/** What is left out stays as it is; `null` takes the destination away. */
export type SettingsOfTrigger = Partial<Omit<TriggerSettings, 'onFailure'>> & { readonly onFailure?: string | null };

/** @throws MillraceError UNKNOWN_TRIGGER, INVALID_REQUEST, TRIGGER_ACTIVE where it is just being made or taken away */
export async function updateTrigger(
  services: TriggerServices,
  name: string,
  change: SettingsOfTrigger,
): Promise<Trigger> {
  for (let tries = 0; tries < TRIES; tries++) {
    const before = await requireLive(services, name);
    const next = changed(before, change);
    checkSettings(next);
    const refusal = services.refusalOfFunction(next.function);
    if (refusal) throw new MillraceError('INVALID_REQUEST', `function '${next.function}': ${refusal}`);
    await checkDestination(services, next);
    const updated = await replaceTrigger(services, next);
    if (!updated) continue;
    await startTrigger(services, updated);
    return updated;
  }
  throw movedOn();
}

/** @throws MillraceError UNKNOWN_TRIGGER, TRIGGER_ACTIVE */
export async function requireLive(services: TriggerServices, name: string): Promise<Trigger> {
  const trigger = await readTrigger(services, name);
  if (trigger.phase === 'live') return trigger;
  const doing = trigger.phase === 'creating' ? 'made' : 'taken away';
  throw new MillraceError('TRIGGER_ACTIVE', `trigger '${name}' is just being ${doing}`);
}

function changed({ onFailure: before, ...trigger }: Trigger, { onFailure, ...change }: SettingsOfTrigger): Trigger {
  const destination = onFailure === undefined ? before : (onFailure ?? undefined);
  return { ...trigger, ...change, ...(destination !== undefined && { onFailure: destination }) };
}
