import { describe, expect, it } from 'vitest';
import { faultKinds } from './faults.ts';
import { simulate } from './simulate.ts';

const SEEDS = 120;
const OPERATIONS = 150;

describe('simulated runs', () => {
  it(`keep every promise of the log under faults, for ${SEEDS} seeds`, async () => {
    const faults = new Map<string, number>();
    let answered = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const run = await simulate({ seed, operations: OPERATIONS });
      expect(run.anomalies, `npm run test:sim -- --seed ${seed} --ops ${OPERATIONS}`).toEqual([]);
      for (const kind of faultKinds) faults.set(kind, (faults.get(kind) ?? 0) + run.faults[kind]);
      answered += run.history.filter(({ answer }) => answer.outcome === 'ok').length;
    }
    expect(faultKinds.filter(kind => (faults.get(kind) ?? 0) < 100)).toEqual([]);
    expect(answered).toBeGreaterThan((SEEDS * OPERATIONS) / 3);
  }, 120_000);

  it('are a function of seed and options alone', async () => {
    const digests = [];
    for (const seed of [1, 1, 2]) digests.push((await simulate({ seed, operations: 100 })).digest);
    expect(digests[0]).toBe(digests[1]);
    expect(digests[0]).not.toBe(digests[2]);
  });
});
