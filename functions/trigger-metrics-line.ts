/** What a run of a trigger did, as a line in CloudWatch's embedded metric format: the log is the metric, and costs no call. */
import type { RunReport } from '../lib/triggers/run-report.ts';
import { metricNamespace } from './environment.ts';

export interface TriggerMetricsContext {
  /** Tells one deployment from another. */
  readonly functionName: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export function triggerMetricsLine(report: RunReport, { functionName, now }: TriggerMetricsContext): string {
  const values = {
    ConsumerLag: report.lag,
    TargetInvocations: report.invocations,
    TargetFailures: report.failures,
    DeliveredRecords: report.delivered,
    DiscardedRecords: report.givenUp,
  };
  const directive = {
    Namespace: metricNamespace,
    Dimensions: [['FunctionName', 'Trigger']],
    Metrics: Object.keys(values).map(Name => ({ Name, Unit: 'Count' })),
  };
  return JSON.stringify({
    _aws: { Timestamp: now, CloudWatchMetrics: [directive] },
    FunctionName: functionName,
    Trigger: report.request.trigger,
    Partition: `${report.request.topicId}/${report.request.partition}`,
    ...values,
  });
}
