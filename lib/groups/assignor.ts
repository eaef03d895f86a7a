/** What an assignor is given, and what it answers. */
import type { AssignorName, MemberIncarnation } from './cells.ts';

/** A member that lives, with the ids of the topics that it wants. */
export interface Candidate extends MemberIncarnation {
  readonly topics: ReadonlySet<string>;
  readonly assignor: AssignorName;
}

export interface PartitionToAssign {
  /** Id of its topic. */
  readonly topic: string;
  readonly partition: number;
  /** Id of the member that had it. */
  readonly previous: string | undefined;
}

/** The id of the member for each partition, in their order; none where nobody wants it. */
export type Assignor = (
  members: readonly Candidate[],
  partitions: readonly PartitionToAssign[],
) => readonly (string | undefined)[];
