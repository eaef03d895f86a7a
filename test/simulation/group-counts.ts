/** What the group of a run was told, if it has one. */
import { isOk, named, type Operation } from '../history/history.ts';

export const groupCounts = ['joins', 'reads', 'commits', 'refused commits', 'resets'] as const;

export type GroupCounts = Record<(typeof groupCounts)[number], number>;

export const noGroup = (): GroupCounts => ({ joins: 0, reads: 0, commits: 0, 'refused commits': 0, resets: 0 });

export function countGroup(history: readonly Operation[]): GroupCounts {
  const commits = named(history, 'commit').filter(({ isStandalone }) => !isStandalone);
  return {
    joins: named(history, 'join').filter(isOk).length,
    reads: named(history, 'fetch').filter(read => read.group !== undefined && isOk(read)).length,
    commits: commits.filter(isOk).length,
    'refused commits': commits.filter(({ answer }) => answer.outcome === 'failed').length,
    resets: named(history, 'reset').filter(isOk).length,
  };
}
