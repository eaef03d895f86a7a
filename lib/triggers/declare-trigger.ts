/**
 * Triggers that are declared, as resources of a stack are: made where they are not there, changed where they are. Commit point: the
 * trigger's item, which says who declares it.
 *
 * Who declares may ask twice, or not hear the answer, so the same request again does no harm. What cannot be changed while a trigger
 * lives, its topics, its group and where it begins, is changed by making it anew; its group, and how far that has come, stay. What
 * nobody declared, or somebody else, is neither changed nor deleted.
 */
import { movedOn } from '../groups/assignments.ts';
import { MillraceError } from '../protocol/errors.ts';
import type { Trigger, TriggerIdentity, TriggerSettings } from './cells.ts';
import { createTrigger } from './create-trigger.ts';
import { removeWholly } from './delete-trigger.ts';
import type { TriggerServices } from './services.ts';
import { findTrigger } from './trigger-store.ts';
import { updateTrigger } from './update-trigger.ts';

/** Changes of the trigger that may come between before ours gives up. */
const TRIES = 5;

export interface DeclaredTrigger {
  readonly name: string;
  readonly declaredBy: string;
  readonly identity: TriggerIdentity;
  /** All of them. */
  readonly settings: TriggerSettings;
}

/**
 * @returns the trigger, as it is wanted
 * @throws MillraceError TRIGGER_EXISTS where it is another's, and whatever creating or updating one throws
 */
export async function declareTrigger(services: TriggerServices, wanted: DeclaredTrigger): Promise<Trigger> {
  const { name, declaredBy, identity, settings } = wanted;
  for (let tries = 0; tries < TRIES; tries++) {
    const found = await findTrigger(services, name);
    if (found && found.declaredBy !== declaredBy) throw alreadyThere(found);
    if (found?.phase === 'live' && isSame(found, identity)) {
      return updateTrigger(services, name, { ...settings, onFailure: settings.onFailure ?? null });
    }
    // one whose maker is still at it is told, and finds ours
    if (found) await removeWholly(services, found);
    const created = await create(services, wanted);
    if (created) return created;
  }
  throw movedOn();
}

/** Deletes the trigger where it is the one that was declared so; one that was made anew since is left alone, and so is another's. */
export async function withdrawTrigger(
  services: TriggerServices,
  { name, declaredBy, identity }: Omit<DeclaredTrigger, 'settings'>,
): Promise<void> {
  const found = await findTrigger(services, name);
  if (found?.declaredBy === declaredBy && isSame(found, identity)) await removeWholly(services, found);
}

/** None where another was first. */
async function create(
  services: TriggerServices,
  { name, declaredBy, identity, settings }: DeclaredTrigger,
): Promise<Trigger | undefined> {
  try {
    return await createTrigger(services, { name, declaredBy, ...identity, ...settings });
  } catch (error) {
    if (error instanceof MillraceError && error.code === 'TRIGGER_EXISTS') return undefined;
    throw error;
  }
}

const isSame = (one: TriggerIdentity, other: TriggerIdentity): boolean => identityOf(one) === identityOf(other);

/** As text, what cannot be changed while a trigger lives. */
export const identityOf = ({ topics, groupId, startingPosition, startingTimestamp }: TriggerIdentity): string =>
  JSON.stringify([topics, groupId, startingPosition, startingTimestamp ?? null]);

const alreadyThere = ({ name, declaredBy }: Trigger): MillraceError => {
  const whose = declaredBy === undefined ? 'was not declared' : `is declared by ${declaredBy}`;
  return new MillraceError('TRIGGER_EXISTS', `there is a trigger '${name}' already, and it ${whose}`);
};
