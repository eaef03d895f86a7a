/**
 * A partition's commits are taken from one member at a time: a right belongs to one process, and once a later right has committed, or
 * the offset was reset, no earlier one commits any more.
 */
import type { Found } from './anomaly.ts';
import { type CommitOperation, isOk, named, type Ok, type Operation, type ResetOperation } from './history.ts';

type Committed = Ok<CommitOperation> & Required<Pick<CommitOperation, 'right'>>;

/** @param forgottenMs a group that was deleted and that nobody used for so long begins with the first epoch again */
export function checkRights(operations: readonly Operation[], forgottenMs: number): Found[] {
  const commits = named(operations, 'commit').filter(isOk).filter(hasRight);
  const resets = named(operations, 'reset').filter(isOk);
  return [...Map.groupBy(commits, ({ group }) => group)].flatMap(([group, ofGroup]) => {
    const ofSame = resets.filter(reset => reset.group === group);
    return stretches(ofGroup, forgottenMs).flatMap(some => [...checkOwners(some), ...checkOrder(some, ofSame)]);
  });
}

/** Commits with no more time between them. */
function stretches(commits: readonly Committed[], longestMs: number): readonly Committed[][] {
  const inTime = commits.toSorted((a, b) => a.start - b.start);
  const all: Committed[][] = [];
  for (const [index, commit] of inTime.entries()) {
    const before = inTime[index - 1];
    if (!before || commit.start - before.end > longestMs) all.push([]);
    all.at(-1)?.push(commit);
  }
  return all;
}

const hasRight = (commit: Ok<CommitOperation>): commit is Committed => commit.right !== undefined;

function checkOwners(commits: readonly Committed[]): Found[] {
  const owners = new Map<number, string>();
  return commits.flatMap(({ group, right: { member, incarnation, since } }): Found[] => {
    const owner = `${member} as ${incarnation}`;
    const known = owners.get(since) ?? owner;
    owners.set(since, known);
    return known === owner ? [] : [['two-owners', `${group}: since ${since} ${known}, and ${owner}`]];
  });
}

/** What one process knew when it began is what all others had been told by then. */
function checkOrder(commits: readonly Committed[], resets: readonly Ok<ResetOperation>[]): Found[] {
  const ended = commits.toSorted((a, b) => a.end - b.end);
  const over = voided(ended, resets);
  const found: Found[] = [];
  let [next, largest] = [0, Number.NEGATIVE_INFINITY];
  for (const { group, start, right, offset } of commits.toSorted((a, b) => a.start - b.start)) {
    for (let before = ended[next]; before && before.end < start; before = ended[++next]) {
      largest = Math.max(largest, before.right.since);
    }
    const least = Math.max(largest, over(start));
    if (right.since >= least) continue;
    found.push([
      'stale-commit',
      `${group}: ${offset} by ${right.member} since ${right.since}, after one since ${least}`,
    ]);
  }
  return found;
}

/** From which epoch on a right is good that is used from a time on: those that had committed before a reset are none after it. */
function voided(ended: readonly Committed[], resets: readonly Ok<ResetOperation>[]): (start: number) => number {
  const floors = resets.map(reset => {
    const sinces = ended.filter(({ end }) => end < reset.start).map(({ right }) => right.since + 1);
    return { from: reset.end, least: Math.max(Number.NEGATIVE_INFINITY, ...sinces) };
  });
  return start =>
    Math.max(Number.NEGATIVE_INFINITY, ...floors.filter(({ from }) => from < start).map(({ least }) => least));
}
