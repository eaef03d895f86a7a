/**
 * Polling: records from an instance's positions on. The positions behind them are written before the records are given, so no two
 * polls give the same; a poll that finds the instance written by another begins again.
 *
 * An answer that is lost counts as received, as in Confluent's, unless the client says the id of the last answer that it has: then
 * what it does not have comes again.
 */
import { MillraceError } from '../protocol/errors.ts';
import { AUTO_COMMIT_EVERY_MS, autoCommit, isUncommitted } from './auto-commit.ts';
import type { ConsumerInstance, HeldPosition, Member } from './cells.ts';
import { longestWaitMs } from './follow-assignment.ts';
import { holdAnew } from './hold-partitions.ts';
import { type Acted, type InstanceName, type PresentInstance, withInstance, withInstanceChanged } from './instance.ts';
import { isSubscribed } from './members.ts';
import { resetPosition, withoutOffset } from './reset-position.ts';
import type { GroupServices } from './services.ts';

export interface ReadPositions {
  readonly instance: ConsumerInstance;
  /** What to read, and from where. */
  readonly held: readonly HeldPosition[];
  /** In milliseconds. */
  readonly maxWaitMs: number;
}

export interface ReadRecords<T> {
  readonly answer: T;
  /** Of each partition where to read next, or why it could not be read; in their order. */
  readonly next: readonly (number | MillraceError)[];
  readonly isEmpty: boolean;
}

export interface PollRequest<T> extends InstanceName {
  /** Names the last answer that the client has, empty for none; left out by clients that do not say. */
  readonly pollId?: string | undefined;
  /** Reads records, and waits for some. */
  readonly read: (positions: ReadPositions) => Promise<ReadRecords<T>>;
}

export interface Polled<T> {
  readonly answer: T;
  readonly pollId: string;
}

/** @throws MillraceError UNKNOWN_MEMBER, ILLEGAL_CONSUMER_STATE (neither subscribed nor assigned), or what kept every partition from being read */
export function pollInstance<T>(
  services: GroupServices,
  { pollId, read, ...name }: PollRequest<T>,
): Promise<Polled<T>> {
  return withInstance(services, name, {
    follows: true,
    settle: instance => (pollId === undefined || pollId === instance.pollId ? received(instance) : lost(instance)),
    act: async present => poll(services, await commitIfDue(services, await holdAnew(services, present)), read),
  });
}

/** The client has all that it was given. */
export const received = (instance: ConsumerInstance): ConsumerInstance => ({
  ...instance,
  held: instance.held.map(held => ({ ...held, received: held.position })),
});

/** The client does not have the last answer. */
const lost = (instance: ConsumerInstance): ConsumerInstance => ({
  ...instance,
  held: instance.held.map(held => ({ ...held, position: held.received })),
});

async function commitIfDue(services: GroupServices, present: PresentInstance): Promise<PresentInstance> {
  const { instance } = present;
  const now = services.clock.now();
  const isDue = instance.autoCommit && Math.abs(now - instance.autoCommittedAt) >= AUTO_COMMIT_EVERY_MS;
  if (!isDue || !instance.held.some(isUncommitted)) return present;
  const held = await autoCommit(services, present, instance.held);
  return { ...present, instance: { ...instance, held, autoCommittedAt: now } };
}

async function poll<T>(
  services: GroupServices,
  present: PresentInstance,
  read: PollRequest<T>['read'],
): Promise<Acted<Polled<T>>> {
  const { instance, member } = present;
  const { held } = instance;
  if (!isSubscribed(member) && !instance.isManual) throw nothingToRead();
  const [first] = present.withoutOffset;
  if (first) throw withoutOffset(first);
  const { answer, next, isEmpty } = await read({ instance, held, maxWaitMs: longestWaitMs(member) });
  const moved = await Promise.all(
    held.map((each, index) => moveTo(services, present, each, next[index] as number | MillraceError)),
  );
  if (isEmpty) failIfAny(next, member);
  const pollId = isEmpty ? instance.pollId : services.random.id();
  const polled = { answer, pollId };
  const changed = withInstanceChanged(services, present, { held: moved, pollId });
  const isSame = JSON.stringify([moved, pollId]) === JSON.stringify([storedHeld(present), instance.pollId]);
  return isSame ? { answer: polled } : { answer: polled, member: changed };
}

/** As the item has them. */
const storedHeld = ({ read }: PresentInstance): readonly HeldPosition[] => read.found?.instance?.held ?? [];

/** Where the partition is read next; one that ended before its position, or begins after it, from where the instance says. */
async function moveTo(
  services: GroupServices,
  { member }: PresentInstance,
  held: HeldPosition,
  next: number | MillraceError,
): Promise<HeldPosition> {
  if (typeof next === 'number') return { ...held, position: next };
  if (next.code !== 'OFFSET_OUT_OF_RANGE' || member.offsetReset === 'none') return held;
  const position = await resetPosition(services, held, { kind: member.offsetReset });
  return { ...held, position, received: position, committed: position };
}

/** An error is told where nothing else is; a position that is reset is none, nor a topic that is gone from under a subscription. */
function failIfAny(next: readonly (number | MillraceError)[], member: Member): void {
  const isPassing = ({ code }: MillraceError) =>
    (code === 'OFFSET_OUT_OF_RANGE' && member.offsetReset !== 'none') ||
    (code === 'UNKNOWN_TOPIC' && isSubscribed(member));
  const error = next.find(each => typeof each !== 'number' && !isPassing(each));
  if (error instanceof MillraceError) throw error;
}

const nothingToRead = () =>
  new MillraceError(
    'ILLEGAL_CONSUMER_STATE',
    'the consumer instance is neither subscribed to topics nor assigned partitions',
  );
