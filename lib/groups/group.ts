/**
 * A group's head: the one item that says which life the group is in and which assignment holds. Every change of a group is a
 * compare-and-set of it, or of an item under its life.
 */

import type { LogServices } from '../log/log-services.ts';
import { createSettled, replaceSettled } from '../log/settled-write.ts';
import type { Item } from '../ports/item-table.ts';
import { MillraceError } from '../protocol/errors.ts';
import { limits } from '../protocol/limits.ts';
import type { DeadLife, GroupHead } from './cells.ts';
import { deadLifeAttributes, deadLifeKey, headAttributes, headFromItem, headKey } from './items.ts';

/** A group that lives, as it was read, and the version by which its head can be changed. */
export interface Group {
  readonly groupId: string;
  readonly head: GroupHead;
  readonly version: number;
}

/** A dead group's head is dropped so long after its death: until then its epochs go on where they ended. */
const DEAD_HEAD_MS = 30 * 24 * 60 * 60_000;

/** Openings that may come between before ours gives up. */
const TRIES = 10;

/** Returns the id, or throws INVALID_GROUP_ID that says what is wrong with it. */
export function checkGroupId(groupId: string): string {
  const { groupIdLength } = limits;
  if (groupId === '') throw new MillraceError('INVALID_GROUP_ID', 'the group id is empty');
  if (groupId.length > groupIdLength) {
    const shown = `${groupId.slice(0, 20)}…`;
    const detail = `the group id '${shown}' has ${groupId.length} characters, the limit is ${groupIdLength}`;
    throw new MillraceError('INVALID_GROUP_ID', detail);
  }
  if (!isName(groupId)) throw new MillraceError('INVALID_GROUP_ID', NO_NAME);
  return groupId;
}

const NO_NAME = 'the group id has control characters or half a character, or is . or .., which no URL can say';

/** Whether a text can name something in a path: no control characters, no halves of surrogate pairs, and neither `.` nor `..`. */
export const isName = (text: string): boolean =>
  text.isWellFormed() && !/\p{Cc}/u.test(text) && text !== '.' && text !== '..';

/** The group of that id; `undefined` where there is none. */
export async function readGroup(
  { cluster }: Pick<LogServices, 'cluster'>,
  groupId: string,
): Promise<Group | undefined> {
  const item = await cluster.get(headKey(groupId));
  return item && livingGroup(groupId, item);
}

/** The group of that id; UNKNOWN_GROUP where there is none. */
export async function requireGroup(services: Pick<LogServices, 'cluster'>, groupId: string): Promise<Group> {
  const group = await readGroup(services, groupId);
  if (group) return group;
  throw unknownGroup(groupId);
}

/**
 * The group of that id, which begins its life where there was none, for members and other readers.
 *
 * @throws MillraceError GROUP_OF_TRIGGER, INVALID_GROUP_ID
 */
export async function openGroup(services: LogServices, groupId: string): Promise<Group> {
  const group = await openAnyGroup(services, groupId);
  refuseTrigger(group);
  return group;
}

/** Refuses what only the trigger may do whose group it is. */
export function refuseTrigger({ groupId, head }: Group): void {
  if (!head.trigger) return;
  const detail = `group '${groupId}' is that of the trigger '${head.trigger.name}', which alone reads for it`;
  throw new MillraceError('GROUP_OF_TRIGGER', detail);
}

/** The group of that id, whoever reads for it. */
export async function openAnyGroup(services: LogServices, groupId: string): Promise<Group> {
  checkGroupId(groupId);
  for (let tries = 0; tries < TRIES; tries++) {
    const item = await services.cluster.get(headKey(groupId));
    const opened = (item && livingGroup(groupId, item)) ?? (await beginLife(services, groupId, item));
    if (opened) return opened;
  }
  throw new MillraceError(
    'STORE_UNAVAILABLE',
    `group '${groupId}' was created and deleted too often meanwhile; try again`,
  );
}

/** The group with another head; `undefined` where somebody changed it first. */
export async function changeHead(
  services: LogServices,
  { groupId, version }: Group,
  head: GroupHead,
): Promise<Group | undefined> {
  const written = await replaceSettled(services, headItem(services, groupId, head), version);
  return written.outcome === 'replaced' ? { groupId, head, version: written.item.version } : undefined;
}

/** Remembers that a life is to be swept, before its head says no more that it was. */
export async function noteDeadLife(services: LogServices, life: string, dead: DeadLife): Promise<void> {
  const item = { ...deadLifeKey(life), writeId: services.random.id(), attributes: deadLifeAttributes(dead) };
  await createSettled(services, item);
}

export const unknownGroup = (groupId: string) =>
  new MillraceError('UNKNOWN_GROUP', `there is no group '${groupId.slice(0, limits.groupIdLength)}'`);

function livingGroup(groupId: string, item: Item): Group | undefined {
  const head = headFromItem(item);
  return head.diedAt === undefined ? { groupId, head, version: item.version } : undefined;
}

/** Begins a life; its epochs go on where those of the last ended, so that no right of then is one now. */
async function beginLife(services: LogServices, groupId: string, dead: Item | undefined): Promise<Group | undefined> {
  const { clock, random, cluster } = services;
  const before = dead && headFromItem(dead);
  if (before) await noteDeadLife(services, before.life, { groupId });
  const epoch = before?.epoch ?? 0;
  const now = clock.now();
  const head = { life: random.id(), epoch, bornEpoch: epoch, changedAt: now, usedAt: now };
  const item = headItem(services, groupId, head);
  if (dead) return changeHead(services, { groupId, head, version: dead.version }, head);
  const created = await createSettled({ cluster, clock, random }, item);
  return created.outcome === 'created' ? { groupId, head, version: created.item.version } : undefined;
}

function headItem({ random }: LogServices, groupId: string, head: GroupHead) {
  const expiry = head.diedAt === undefined ? {} : { expiresAt: head.diedAt + DEAD_HEAD_MS };
  return { ...headKey(groupId), writeId: random.id(), attributes: headAttributes(head), ...expiry };
}
