/** The guards that consumer groups rest on: without any of them two members commit, an offset goes back, or a record is skipped. */
import { edit, type Mutant } from './mutants.ts';

const TAKE = 'lib/groups/take-partitions.ts';
const COMMIT = 'lib/groups/commit-offsets.ts';

const guards: readonly Mutant[] = [
  {
    without: 'the right in a commit: whoever asks is taken for the owner',
    edits: [
      edit(
        COMMIT,
        'if (!cell || !hasRight(cell, right)) throw notAssigned(right, at);',
        'if (!cell) throw notAssigned(right, at);',
      ),
      edit(COMMIT, 'const next = cell && hasRight(cell, right) ?', 'const next = cell ?'),
    ],
    anomalies: ['stale-commit', 'two-owners'],
  },
  {
    without: 'the order of epochs in taking a partition: an older assignment takes it back',
    edits: [edit(TAKE, 'if (cell.since >= right.since || !(await', 'if (!(await')],
    anomalies: ['stale-commit', 'two-owners'],
  },
  {
    without: 'the look at what is stored in a commit: an offset goes back',
    edits: [
      edit(
        COMMIT,
        'if (offset < stored || (offset === stored && metadata === cell.metadata)) return undefined;',
        'if (offset === stored && metadata === cell.metadata) return undefined;',
      ),
    ],
    anomalies: ['committed-offset-went-back'],
  },
  {
    without: 'the start that is noted before a member joins',
    edits: [
      edit('lib/groups/join-group.ts', "if (offsetReset === 'latest') await pinStarts(services, head, topics);", ''),
      edit(
        TAKE,
        "return offsetReset === 'none' ? undefined : (await logs.of(at).reader.bounds()).logStartOffset;",
        "const bounds = await logs.of(at).reader.bounds();\n  return offsetReset === 'latest' ? bounds.highWatermark : bounds.logStartOffset;",
      ),
    ],
    anomalies: ['skipped-record'],
  },
  {
    without: 'the epochs that go on from one life of a group to the next',
    edits: [
      edit('lib/groups/group.ts', 'const epoch = before?.epoch ?? 0;', 'const epoch = 0 * (before?.epoch ?? 0);'),
    ],
    anomalies: ['stale-commit', 'two-owners'],
  },
  {
    without: 'the certainty of what a commit answers by: what was remembered of a cell is enough',
    edits: [
      edit(COMMIT, 'if (!next && !isCertain) continue;', ''),
      edit(
        COMMIT,
        'if (!cell || !hasRight(cell, right)) throw notAssigned(right, at);',
        'if (isCertain && (!cell || !hasRight(cell, right))) throw notAssigned(right, at);',
      ),
    ],
    anomalies: ['stale-commit', 'two-owners'],
  },
  {
    without: 'the members that are gone: who fell silent keeps its partitions',
    edits: [
      edit(
        'lib/groups/members.ts',
        'hasLeft || seenAt + sessionTimeoutMs < now;',
        'hasLeft && seenAt + sessionTimeoutMs < now;',
      ),
    ],
    anomalies: ['unavailable'],
  },
];

export const groupMutants: readonly Mutant[] = guards.map(guard => ({ ...guard, needs: 'group' }));
