/** A process that simulates the seeds it is sent, with the product's sources as they are or with a guard taken out of them. */
import { noCompaction } from './compaction-counts.ts';
import { type Edit, installEdits } from './edits.ts';
import { noFaults } from './faults.ts';
import { countGroup, noGroup } from './group-counts.ts';
import type { SeedReport } from './run-seeds.ts';
import { countTrigger, noTrigger } from './trigger-counts.ts';

export interface SeedTask {
  readonly operations: number;
  readonly edits: readonly Edit[];
}

const { operations, edits }: SeedTask = JSON.parse(process.argv[2] ?? '');
if (edits.length > 0) installEdits(edits);
// after the sources were edited
const { simulate } = await import('./simulate.ts');
// errors are made by the thousand, and nobody looks at where: `npm run test:sim -- --seed N` shows it
Error.stackTraceLimit = 0;

process.on('message', async (seed: number) => process.send?.(await report(seed)));

async function report(seed: number): Promise<SeedReport> {
  try {
    const { anomalies, history, faults, compaction } = await simulate({ seed, operations });
    const acknowledged = history.filter(({ answer }) => answer.outcome === 'ok').length;
    const unknown = history.filter(({ answer }) => answer.outcome === 'unknown').length;
    return {
      seed,
      anomalies,
      operations: history.length,
      acknowledged,
      unknown,
      faults,
      compaction,
      group: countGroup(history),
      trigger: countTrigger(history),
    };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    const anomalies = [{ kind: 'crash', log: '', detail }] as const;
    return {
      seed,
      anomalies,
      operations: 0,
      acknowledged: 0,
      unknown: 0,
      faults: noFaults(),
      compaction: noCompaction(),
      group: noGroup(),
      trigger: noTrigger(),
    };
  }
}
