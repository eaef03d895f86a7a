/** How soon the simulator notices that a guard is missing. */

import type { MadeFor } from './made-for.ts';
import type { Mutant } from './mutants.ts';
import { runSeeds, type SeedReport } from './run-seeds.ts';
import type { Scenario } from './scenario.ts';
import { scenarioOf } from './scenario-of.ts';

export interface Caught {
  /** The first that shows it. */
  readonly seed: number;
  readonly anomaly: SeedReport['anomalies'][number];
}

/** Operations of each run. */
export const MUTANT_OPERATIONS = 150;

const hasPart: Readonly<Record<Exclude<NonNullable<Mutant['needs']>, MadeFor>, (scenario: Scenario) => boolean>> = {
  compaction: ({ compacted }) => Object.keys(compacted).length > 0,
  group: ({ group }) => group !== undefined,
  trigger: ({ trigger }) => trigger !== undefined,
};

const isMadeFor = (needs: NonNullable<Mutant['needs']>, scenario: Scenario): boolean =>
  needs in hasPart ? hasPart[needs as keyof typeof hasPart](scenario) : scenario.madeFor === needs;

interface Search {
  /** Seeds from 1 on that are run. */
  readonly seeds: number;
  /** One that has shown it, which is run before all others. */
  readonly seenAt?: number | undefined;
}

/** Runs seeds, until one shows an anomaly that the guard is there to prevent; those that never come by the guard are left out. */
export async function catchMutant(mutant: Mutant, { seeds, seenAt }: Search): Promise<Caught | undefined> {
  const again = seenAt === undefined ? undefined : await firstCaught(mutant, seenAt, 1);
  return again ?? firstCaught(mutant, 1, seeds);
}

async function firstCaught(
  { edits, anomalies, needs }: Mutant,
  from: number,
  count: number,
): Promise<Caught | undefined> {
  let first: Caught | undefined;
  await runSeeds({
    first: from,
    count,
    operations: MUTANT_OPERATIONS,
    edits,
    isWanted: seed => needs === undefined || isMadeFor(needs, scenarioOf(seed)),
    onReport({ seed, anomalies: found }) {
      const anomaly = found.find(({ kind }) => (anomalies as readonly string[]).includes(kind));
      if (anomaly && seed < (first?.seed ?? Number.POSITIVE_INFINITY)) first = { seed, anomaly };
      return first ? 'stop' : 'go on';
    },
  });
  return first;
}
