/**
 * Taking the partitions that an assignment gives a member. The right to commit is in the partition's cell: taking it is a
 * compare-and-set there, and from then on no commit of whoever had it before is taken. *Then* the offset is read, so nothing that
 * was committed is read again.
 *
 * A partition whose former owner lives is left to it until it follows the new assignment, so that what it is about to commit is not
 * refused; but no longer than its rebalance timeout.
 */
import type { LogServices } from '../log/log-services.ts';
import { sideBySide } from '../log/side-by-side.ts';
import type { TopicPartition } from '../log/topic-partition.ts';
import type { Assignment, Member, MemberIncarnation, OffsetCell, OffsetReset } from './cells.ts';
import type { StoredOffset } from './known-offsets.ts';
import { isGone, isSubscribed, readMember } from './members.ts';
import { hasRight, newOffsetCell, type Right, readOffset, writeOffset } from './offset-cells.ts';
import type { GroupServices } from './services.ts';

/** Writes to one cell that may come between before it is left for the next time. */
const TRIES = 3;

/** Partitions that one request takes; whoever is to have more takes the others with the next. */
const TAKEN_AT_ONCE = 500;

/** A partition that an assignment gives to somebody. */
export interface OwnPartition extends TopicPartition {
  readonly topic: string;
  readonly since: number;
}

/** A partition taken, and where to begin. */
export interface TakenPartition extends OwnPartition {
  /** The next offset to read; `undefined` where the group has none, and is not to make one up. */
  readonly offset: number | undefined;
}

export interface TakeParams {
  readonly life: string;
  readonly self: MemberIncarnation;
  readonly offsetReset: OffsetReset;
  readonly assignment: Assignment;
  /** Of the assignment, those that the member does not hold yet. */
  readonly wanted: readonly OwnPartition[];
}

/** Whose a partition is by the assignment. */
export function ownPartitions({ members, topics }: Assignment, self: MemberIncarnation): readonly OwnPartition[] {
  const index = members.findIndex(
    ({ memberId, incarnation }) => memberId === self.memberId && incarnation === self.incarnation,
  );
  if (index < 0) return [];
  return topics.flatMap(({ name: topic, topicId, owners }) =>
    owners.flatMap(({ member, since }, partition) => (member === index ? [{ topic, topicId, partition, since }] : [])),
  );
}

/** Takes what is free; what is not, another beat asks for again. */
export async function takePartitions(services: GroupServices, params: TakeParams): Promise<readonly TakenPartition[]> {
  const owners = new Owners(services, params);
  const taken = await sideBySide(params.wanted.slice(0, TAKEN_AT_ONCE), async wanted => {
    const cell = await take(services, { ...params, owners, wanted });
    return cell ? [{ ...wanted, offset: await startOf(services, wanted, cell, params.offsetReset) }] : [];
  });
  return taken.flat();
}

/**
 * Where to begin. Who begins at the end has noted where that was before it joined: what has no start either became the group's
 * later, and is read from its first record, so that none is missed.
 */
async function startOf(
  { logs }: LogServices,
  at: TopicPartition,
  { offset, start }: OffsetCell,
  offsetReset: OffsetReset,
): Promise<number | undefined> {
  if (offset !== undefined || start !== undefined) return offset ?? start;
  return offsetReset === 'none' ? undefined : (await logs.of(at).reader.bounds()).logStartOffset;
}

interface TakeOne extends Omit<TakeParams, 'wanted'> {
  readonly owners: Owners;
  readonly wanted: OwnPartition;
}

/** The cell, once it is the member's. */
async function take(services: GroupServices, { life, self, owners, wanted }: TakeOne): Promise<OffsetCell | undefined> {
  const right = { ...self, since: wanted.since };
  let stored: StoredOffset = await readOffset(services, life, wanted);
  for (let tries = 0; tries < TRIES; tries++) {
    const { cell = newOffsetCell(wanted.topic), version } = stored;
    if (hasRight(cell, right)) return cell;
    if (cell.since >= right.since || !(await owners.isFree(cell, right))) return undefined;
    const { memberId, incarnation } = self;
    const next = { ...cell, owner: { memberId, incarnation }, since: right.since };
    const written = await writeOffset(services, { life, at: wanted, version, cell: next });
    if (written.isWritten) return next;
    stored = written;
  }
  return undefined;
}

/** The former owners of partitions, each looked up once. */
class Owners {
  readonly #services: GroupServices;
  readonly #params: Pick<TakeParams, 'life' | 'assignment'>;
  readonly #members = new Map<string, Promise<Member | undefined>>();

  constructor(services: GroupServices, params: TakeParams) {
    this.#services = services;
    this.#params = params;
  }

  /** Whether the owner that a cell names will not commit there any more, or has had its time to. */
  async isFree({ owner }: OffsetCell, { since }: Right): Promise<boolean> {
    if (!owner) return true;
    const now = this.#services.clock.now();
    const member = await this.#find(owner.memberId);
    if (!member || isGone(member, now) || member.incarnation !== owner.incarnation) return true;
    if (member.ackedEpoch >= since || !isSubscribed(member)) return true;
    const began = this.#params.assignment.began.get(since) ?? 0;
    return now - began > member.rebalanceTimeoutMs;
  }

  #find(memberId: string): Promise<Member | undefined> {
    const { life } = this.#params;
    const found = this.#members.get(memberId) ?? readMember(this.#services, life, memberId).then(read => read.found);
    this.#members.set(memberId, found);
    return found;
  }
}
