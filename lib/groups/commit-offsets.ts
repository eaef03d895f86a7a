/**
 * Committing offsets by a member: a compare-and-set of the partition's cell, which has to name the member's right. A committed
 * offset never goes back: one that is not above the stored one is answered as done, and nothing is written. So a commit that is
 * sent again, or comes late, is no harm.
 *
 * Cost: one get of the head for the request; a get and a write for each partition, without the get where this process wrote the
 * cell last.
 */
import { sideBySide } from '../log/side-by-side.ts';
import type { TopicPartition } from '../log/topic-partition.ts';
import { MillraceError } from '../protocol/errors.ts';
import { limits } from '../protocol/limits.ts';
import type { MemberIncarnation, OffsetCell } from './cells.ts';
import { requireGroup } from './group.ts';
import type { StoredOffset } from './known-offsets.ts';
import type { NamedPartition } from './named-partition.ts';
import { hasRight, type OffsetWrite, type Right, readOffset, writeOffset } from './offset-cells.ts';
import type { GroupServices } from './services.ts';
import { withPartition } from './with-partition.ts';

/** Writes to one cell that may come between before a commit gives up. */
const TRIES = 6;

/** An offset to commit: that of the next record to read. */
export interface OffsetToCommit extends NamedPartition {
  readonly offset: number;
  /** Up to 4,096 bytes that come back with the offset. */
  readonly metadata?: string | undefined;
}

export interface MemberOffset extends OffsetToCommit {
  /** The epoch that gave the member the partition. */
  readonly since: number;
}

export interface CommitRequest {
  readonly groupId: string;
  readonly member: MemberIncarnation;
  readonly offsets: readonly MemberOffset[];
}

/** Of one partition: done, or why not. */
export type CommitResult = { readonly error?: MillraceError };

/**
 * @returns one result per offset, in their order; NOT_ASSIGNED where the partition is not, or no longer, the member's
 * @throws MillraceError UNKNOWN_GROUP
 * @example
 * const offsets = [{ topic: 'click', partition: 0, since: 3, offset: 120 }];
 * const [{ error }] = await commitOffsets(services, { groupId: 'counts', member, offsets });
 */
export async function commitOffsets(services: GroupServices, request: CommitRequest): Promise<readonly CommitResult[]> {
  const { groupId, member, offsets } = request;
  const { head } = await requireGroup(services, groupId);
  return sideBySide(offsets, async offset => {
    return resultOf(async () => {
      checkOffset(offset);
      const right = { ...member, since: offset.since };
      await withPartition(services, offset, at => commitOffset(services, { life: head.life, at, right, offset }));
    });
  });
}

/** What became of one part of a request. */
export async function resultOf(work: () => Promise<unknown>): Promise<CommitResult> {
  try {
    await work();
    return {};
  } catch (error) {
    if (error instanceof MillraceError) return { error };
    throw error;
  }
}

/** @throws MillraceError INVALID_REQUEST, OFFSET_METADATA_TOO_LARGE */
export function checkOffset({ offset, metadata = '' }: OffsetToCommit): void {
  if (!Number.isSafeInteger(offset) || offset < 0) {
    throw new MillraceError('INVALID_REQUEST', `offset ${offset} is not an integer from 0 to ${limits.offset}`);
  }
  const sizeInBytes = Buffer.byteLength(metadata);
  if (sizeInBytes > limits.offsetMetadataBytes) {
    const detail = `the metadata has ${sizeInBytes} bytes, the limit is ${limits.offsetMetadataBytes}`;
    throw new MillraceError('OFFSET_METADATA_TOO_LARGE', detail);
  }
}

export interface CommitOne {
  readonly life: string;
  readonly at: TopicPartition;
  readonly right: Right;
  readonly offset: Pick<OffsetToCommit, 'offset' | 'metadata'>;
}

/** @throws MillraceError NOT_ASSIGNED, OUTCOME_UNKNOWN */
export async function commitOffset(services: GroupServices, commit: CommitOne): Promise<void> {
  const tries = { isUncertain: false };
  try {
    await tryCommit(services, commit, tries);
  } catch (error) {
    if (!tries.isUncertain) throw error;
    throw new MillraceError('OUTCOME_UNKNOWN', 'the store did not say whether the offset was committed', {
      cause: error,
    });
  }
}

interface Tries {
  /** Whether one of them may have been applied. */
  isUncertain: boolean;
}

async function tryCommit(services: GroupServices, { life, at, right, offset }: CommitOne, state: Tries): Promise<void> {
  let known = services.knownOffsets.of(life, at);
  for (let tries = 0; tries < TRIES; tries++) {
    const { cell, version }: StoredOffset = known ?? (await readOffset(services, life, at));
    const next = cell && hasRight(cell, right) ? committed(cell, offset, services.clock.now()) : undefined;
    // what is only remembered neither refuses a commit nor answers one
    const isCertain = known === undefined;
    known = undefined;
    if (!next && !isCertain) continue;
    if (!cell || !hasRight(cell, right)) throw notAssigned(right, at);
    if (!next || (await isStored(services, { life, at, version, cell: next }, state))) return;
  }
  throw new MillraceError('STORE_UNAVAILABLE', 'the offset was committed by too many at once; try again');
}

/** Whether the cell was written for certain; where that is not known it is looked at again, for to commit twice is no harm. */
async function isStored(services: GroupServices, write: OffsetWrite, state: Tries): Promise<boolean> {
  try {
    return (await writeOffset(services, write)).isWritten;
  } catch (error) {
    if (!(error instanceof MillraceError) || error.code !== 'OUTCOME_UNKNOWN') throw error;
    state.isUncertain = true;
    return false;
  }
}

/** The cell with the offset; `undefined` where it has that already, or one above. */
export function committed(
  cell: OffsetCell,
  { offset, metadata = '' }: CommitOne['offset'],
  now: number,
): OffsetCell | undefined {
  const stored = cell.offset ?? -1;
  if (offset < stored || (offset === stored && metadata === cell.metadata)) return undefined;
  return { ...cell, offset, metadata, committedAt: now };
}

function notAssigned({ memberId, since }: Right, { partition }: TopicPartition): MillraceError {
  const detail = `partition ${partition} is not that of member '${memberId}' since epoch ${since}`;
  return new MillraceError('NOT_ASSIGNED', `${detail}; take its assignment from the next heartbeat`);
}
