/** What a run of maintenance did, as a line in CloudWatch's embedded metric format: the log is the metric, and costs no call. */
import type { MaintenanceReport } from '../lib/maintenance/report.ts';
import { metricNamespace } from './environment.ts';

export interface MetricsContext {
  /** Tells one deployment from another. */
  readonly functionName: string;
  /** Whether the run is one of the schedule. */
  readonly isScheduled: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export function metricsLine(report: MaintenanceReport, { functionName, isScheduled, now }: MetricsContext): string {
  const runs: Metric = ['ScheduledRuns', 'Count', isScheduled ? 1 : 0];
  const metrics = [runs, ...metricsOf(report)];
  const declared = metrics.map(([Name, Unit]) => ({ Name, Unit }));
  const directive = { Namespace: metricNamespace, Dimensions: [['FunctionName']], Metrics: declared };
  const values = Object.fromEntries(metrics.map(([name, , value]) => [name, value]));
  return JSON.stringify({
    _aws: { Timestamp: now, CloudWatchMetrics: [directive] },
    FunctionName: functionName,
    ...values,
  });
}

type Metric = readonly [name: string, unit: 'Milliseconds' | 'Bytes' | 'Count' | 'None', value: number];

const metricsOf = (report: MaintenanceReport): readonly Metric[] => [
  ['RollLagMs', 'Milliseconds', report.rollLagMs],
  ['RolledBytes', 'Bytes', report.rolledBytes],
  ['MergedBytes', 'Bytes', report.mergedBytes],
  ['ExpiredBytes', 'Bytes', report.expiredBytes],
  ['DirtyRatio', 'None', report.dirtyRatio],
  ['CleanedBytes', 'Bytes', report.cleanedBytes],
  ['KeptBytes', 'Bytes', report.keptBytes],
  ['CleaningMs', 'Milliseconds', report.cleaningMs],
  ['SweptObjects', 'Count', report.sweptObjects],
  ['SweptBytes', 'Bytes', report.sweptBytes],
  ['ExpiredGroups', 'Count', report.expiredGroups],
  ['Failures', 'Count', report.failures.length],
];
