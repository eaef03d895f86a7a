/**
 * Kafka's `uniform` assignor: every member has as many partitions as the others that want them, within one, and a partition
 * stays with its member wherever that can be. Deterministic, and settled: assigning anew what it assigned changes nothing.
 */
import type { Assignor, Candidate, PartitionToAssign } from './assignor.ts';

interface Load {
  readonly member: Candidate;
  count: number;
}

export const uniformAssignor: Assignor = (members, partitions) => {
  const loads = members.map(member => ({ member, count: 0 }));
  const byId = new Map(loads.map(load => [load.member.memberId, load]));
  const owners = partitions.map(partition => keep(partition, byId));
  for (const [index, partition] of partitions.entries()) owners[index] ??= take(leastLoaded(loads, partition));
  balance(partitions, owners, loads);
  return owners.map(owner => owner?.member.memberId);
};

/** Whoever had it last, and still wants it. */
function keep({ topic, previous }: PartitionToAssign, byId: ReadonlyMap<string, Load>): Load | undefined {
  const load = previous === undefined ? undefined : byId.get(previous);
  return load?.member.topics.has(topic) ? take(load) : undefined;
}

function take(load: Load | undefined): Load | undefined {
  if (load) load.count++;
  return load;
}

/** Of those that want it, the first with the fewest. */
function leastLoaded(loads: readonly Load[], { topic }: PartitionToAssign): Load | undefined {
  let least: Load | undefined;
  for (const load of loads) {
    if (load.member.topics.has(topic) && load.count < (least?.count ?? Number.POSITIVE_INFINITY)) least = load;
  }
  return least;
}

/** Moves a partition wherever another that wants it has at least two fewer: each move makes the loads more alike, so it ends. */
function balance(partitions: readonly PartitionToAssign[], owners: (Load | undefined)[], loads: readonly Load[]): void {
  for (let isMoved = true; isMoved; ) {
    isMoved = false;
    for (const [index, partition] of partitions.entries()) {
      const owner = owners[index];
      const least = leastLoaded(loads, partition);
      if (!owner || !least || owner.count - least.count < 2) continue;
      owner.count--;
      owners[index] = take(least);
      isMoved = true;
    }
  }
}
