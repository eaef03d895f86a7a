/** What consumers of a run's group have in common: reading from positions, and writing down what was read and committed. */
import { type FetchResult, fetchPartitions } from '../../lib/fetch/fetch-partitions.ts';
import type { CommitResult } from '../../lib/groups/commit-offsets.ts';
import type { GroupServices } from '../../lib/groups/services.ts';
import type { RightOfMember } from '../history/history.ts';
import { fetchedAt } from './readers.ts';
import type { Part, SimClient } from './sim-client.ts';
import type { Place } from './topic-lives.ts';

export const GROUP = 'g';

/** A partition that a consumer reads, as far as it knows. */
export interface Position extends Place {
  readonly since: number;
  readonly position: number;
}

/** Up to so many bytes of each partition at once, so that a log takes several reads. */
const MAX_BYTES = 1_500;

export function fetchFrom(services: GroupServices, positions: readonly Position[]): Promise<readonly FetchResult[]> {
  const partitions = positions.map(({ topic, partition, position }) => ({
    topic,
    partition,
    offset: position,
    maxBytes: MAX_BYTES,
  }));
  return fetchPartitions(services, { partitions, maxBytes: MAX_BYTES, maxWaitMs: 0, minBytes: 1 });
}

/** Of each position, what an answer to all of them says, as a read of the group. */
export const readParts = <R>(
  positions: readonly Position[],
  resultOf: (answer: R, index: number) => FetchResult | undefined,
): readonly Part<R>[] =>
  positions.map((each, index) => ({
    place: each,
    asked: { operation: 'fetch', offset: each.position, group: GROUP },
    outcomeOf: answer => fetchedAt(each.position, resultOf(answer, index)),
  }));

interface Commit {
  readonly positions: readonly Position[];
  readonly self: Omit<RightOfMember, 'since'>;
  readonly commit: (services: GroupServices) => Promise<readonly CommitResult[]>;
}

/** Commits positions, and writes down what became of each. */
export async function commitPositions(client: SimClient, { positions, self, commit }: Commit): Promise<void> {
  if (positions.length === 0) return;
  const parts = positions.map((each, index): Part<readonly CommitResult[]> => {
    const right = { ...self, since: each.since };
    return {
      place: each,
      asked: { operation: 'commit', group: GROUP, offset: each.position, right },
      outcomeOf: results => outcomeOf(results[index]),
    };
  });
  await client.recordParts(parts, commit);
}

export function outcomeOf(result: CommitResult | undefined) {
  const error = result?.error;
  if (!error) return { outcome: 'ok', result: {} } as const;
  if (error.outcome === 'unknown') return { outcome: 'unknown', error: error.message } as const;
  return { outcome: 'failed', code: error.code, error: error.message } as const;
}
