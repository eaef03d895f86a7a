/**
 * Who leads a partition: the one worker that moves its log's boundaries. Appends and reads need no leader.
 *
 * The lease is a cell of its own, so that renewing it disturbs nobody. A new leader takes the lease, with the next epoch, and
 * then puts up a fence in the partition state, with that epoch: from there on nothing that an earlier leader has begun can be
 * published. Leases are as good as clocks are; the fence does not look at any.
 */
import { leaderKey, leaderLeaseAttributes, leaderLeaseFromItem } from './catalogue.ts';
import type { LeaderLease } from './cells.ts';
import type { LogDeps } from './deps.ts';
import { readVersionedState, type VersionedState } from './partition-state.ts';
import { replaceState } from './publish.ts';
import type { TopicPartition } from './topic-partition.ts';

/** How long a leader that is not heard of any more keeps others waiting. */
export const LEASE_MS = 60_000;

export interface LeaderDeps extends Pick<LogDeps, 'cluster' | 'clock' | 'random'> {
  readonly brokerId: number;
}

/**
 * Takes or keeps the lead, and answers with the partition state at which work may begin; `undefined` where another leads.
 *
 * Every piece of work begins with this: the state is read before the lease is seen to be held, so whoever takes the lease over
 * later puts its fence up later than the one that the work carries.
 */
export async function lead(deps: LeaderDeps, at: TopicPartition): Promise<VersionedState | undefined> {
  const begun = await readVersionedState(deps.cluster, at);
  const lease = await holdLease(deps, at);
  if (!lease) return undefined;
  return lease.leaderEpoch === begun.state.leaderEpoch ? begun : putUpFence(deps, at, lease);
}

/** Lets others lead at once. */
export async function resign(deps: LeaderDeps, at: TopicPartition): Promise<void> {
  const item = await deps.cluster.get(leaderKey(at));
  const lease = item && leaderLeaseFromItem(item);
  const isHeld = lease?.brokerId === deps.brokerId && lease.until > 0;
  if (item && lease && isHeld) await writeLease(deps, at, { ...lease, until: 0 }, item.version);
}

/** The lease that was last held, if any was. */
export async function readLeader(
  { cluster }: Pick<LogDeps, 'cluster'>,
  at: TopicPartition,
): Promise<LeaderLease | undefined> {
  const item = await cluster.get(leaderKey(at));
  return item && leaderLeaseFromItem(item);
}

/** The lease, new or renewed, if nobody else holds it. */
async function holdLease(deps: LeaderDeps, at: TopicPartition): Promise<LeaderLease | undefined> {
  const { brokerId, clock, cluster } = deps;
  const item = await cluster.get(leaderKey(at));
  const held = item && leaderLeaseFromItem(item);
  const until = (held?.until ?? 0) - clock.now();
  // nobody takes a lease for longer: what says so was written by a clock that was far ahead
  const left = until <= 2 * LEASE_MS ? until : 0;
  if (held?.brokerId === brokerId && left > LEASE_MS / 2) return held;
  if (held && held.brokerId !== brokerId && left > 0) return undefined;
  const leaderEpoch = held?.brokerId === brokerId ? held.leaderEpoch : (held?.leaderEpoch ?? 0) + 1;
  const lease = { brokerId, leaderEpoch, until: clock.now() + LEASE_MS };
  return (await writeLease(deps, at, lease, item?.version ?? 0)) ? lease : undefined;
}

async function writeLease(
  { cluster, random }: LeaderDeps,
  at: TopicPartition,
  lease: LeaderLease,
  version: number,
): Promise<boolean> {
  const item = { ...leaderKey(at), writeId: random.id(), attributes: leaderLeaseAttributes(lease) };
  if (version === 0) return (await cluster.create(item)).outcome === 'created';
  return (await cluster.replace(item, version)).outcome === 'replaced';
}

/** Ends what earlier leaders have begun; `undefined` where a later one has ended this one. */
async function putUpFence(
  deps: LeaderDeps,
  at: TopicPartition,
  { leaderEpoch }: LeaderLease,
): Promise<VersionedState | undefined> {
  while (true) {
    const { state, version } = await readVersionedState(deps.cluster, at);
    if (state.leaderEpoch > leaderEpoch) return undefined;
    const fenced = { ...state, leaderEpoch, fence: state.fence + 1 };
    const written = await replaceState(deps, at, { state: fenced, version });
    if (written) return written;
  }
}
