import { describe, expect, it } from 'vitest';
import { compactionCounts } from './compaction-counts.ts';
import { faultKinds } from './faults.ts';
import { groupCounts } from './group-counts.ts';
import { runSeeds } from './run-seeds.ts';
import { simulate } from './simulate.ts';
import { describeFailure, Tally } from './tally.ts';
import { triggerCounts } from './trigger-counts.ts';

const SEEDS = 2_000;
const OPERATIONS = 120;

describe('simulated runs', () => {
  it(`keep every promise of the log under faults, for ${SEEDS} seeds`, async () => {
    const tally = new Tally();
    await runSeeds({
      first: 1,
      count: SEEDS,
      operations: OPERATIONS,
      onReport(report) {
        tally.add(report);
        return 'go on';
      },
    });
    expect(tally.failures.map(failure => describeFailure(failure, OPERATIONS))).toEqual([]);
    expect(tally.seeds).toBe(SEEDS);
    expect(faultKinds.filter(kind => tally.faults[kind] < SEEDS)).toEqual([]);
    expect(compactionCounts.filter(what => tally.compaction[what] < SEEDS / 40)).toEqual([]);
    expect(groupCounts.filter(what => tally.group[what] < SEEDS / 10)).toEqual([]);
    expect(triggerCounts.filter(what => tally.trigger[what] < SEEDS / 10)).toEqual([]);
    expect(tally.acknowledged).toBeGreaterThan((SEEDS * OPERATIONS) / 2);
    expect(tally.unknown).toBeGreaterThan((SEEDS * OPERATIONS) / 20);
  }, 900_000);

  it('are a function of seed and options alone', async () => {
    const digests = [];
    for (const seed of [1, 1, 2]) digests.push((await simulate({ seed, operations: 100 })).digest);
    expect(digests[0]).toBe(digests[1]);
    expect(digests[0]).not.toBe(digests[2]);
  });
});
