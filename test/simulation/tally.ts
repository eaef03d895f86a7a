/** What many runs showed together. */
import { type CompactionCounts, compactionCounts, noCompaction } from './compaction-counts.ts';
import { type FaultCounts, faultKinds, noFaults } from './faults.ts';
import { type GroupCounts, groupCounts, noGroup } from './group-counts.ts';
import type { SeedReport } from './run-seeds.ts';
import { noTrigger, type TriggerCounts, triggerCounts } from './trigger-counts.ts';

export class Tally {
  seeds = 0;
  operations = 0;
  acknowledged = 0;
  unknown = 0;
  readonly faults: FaultCounts = noFaults();
  readonly compaction: CompactionCounts = noCompaction();
  readonly group: GroupCounts = noGroup();
  readonly trigger: TriggerCounts = noTrigger();
  readonly failures: SeedReport[] = [];

  add(report: SeedReport): void {
    this.seeds++;
    this.operations += report.operations;
    this.acknowledged += report.acknowledged;
    this.unknown += report.unknown;
    for (const kind of faultKinds) this.faults[kind] += report.faults[kind];
    for (const what of compactionCounts) this.compaction[what] += report.compaction[what];
    for (const what of groupCounts) this.group[what] += report.group[what];
    for (const what of triggerCounts) this.trigger[what] += report.trigger[what];
    if (report.anomalies.length > 0) this.failures.push(report);
  }

  get faultsOfAllKinds(): number {
    return faultKinds.reduce((sum, kind) => sum + this.faults[kind], 0);
  }
}

/** What is wrong with a run, and how to see it again. */
export function describeFailure({ seed, anomalies }: SeedReport, operations: number): string {
  const lines = anomalies.slice(0, 5).map(({ kind, log, detail }) => `  ${kind} in ${log || 'the run'}: ${detail}`);
  return [`npm run test:sim -- --seed ${seed} --ops ${operations}`, ...lines].join('\n');
}
