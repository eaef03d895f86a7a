/** A group whose members and servers are killed and frozen, in short; `group-faults.ts` is the long form, with its figures. */
import { expect, it } from 'vitest';
import { type RunOptions, runGroup } from './group-run.ts';
import { findings } from './group-verdict.ts';

const options: RunOptions = {
  records: 5_000,
  recordsPerSecond: 500,
  members: 3,
  memberSpeed: 500,
  faults: [
    { kind: 'member killed', atMs: 4_500, index: 0 },
    { kind: 'member frozen', atMs: 5_500, index: 1 },
    { kind: 'server killed', atMs: 7_000, index: 1 },
  ],
};

it('processes every record where members and servers are killed and frozen, and few of them again', async () => {
  const report = await runGroup(options);
  expect(findings(options, report)).toEqual([]);
  expect(report.processed).toBeGreaterThanOrEqual(options.records);
  expect(report.looks).toBeGreaterThan(20);
}, 120_000);
