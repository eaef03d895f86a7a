import { expect, it } from 'vitest';
import { metricNamespace } from '../../functions/environment.ts';
import { triggerMetricsLine } from '../../functions/trigger-metrics-line.ts';
import { newRunReport } from '../../lib/triggers/run-report.ts';

const request = { trigger: 'count', triggerId: 'id', topicId: 't', partition: 3 };

it("a run's metrics are those of its trigger, in the format that CloudWatch reads out of a log", () => {
  const report = { ...newRunReport(request), invocations: 5, failures: 2, delivered: 40, givenUp: 1, lag: 7 };
  const line = JSON.parse(triggerMetricsLine(report, { functionName: 'd', now: 1_700_000_000_000 }));
  const { _aws, ...values } = line;
  expect(values).toEqual({
    FunctionName: 'd',
    Trigger: 'count',
    Partition: 't/3',
    ConsumerLag: 7,
    TargetInvocations: 5,
    TargetFailures: 2,
    DeliveredRecords: 40,
    DiscardedRecords: 1,
  });
  const [directive, ...more] = _aws.CloudWatchMetrics;
  expect([_aws.Timestamp, more]).toEqual([1_700_000_000_000, []]);
  expect(directive).toMatchObject({ Namespace: metricNamespace, Dimensions: [['FunctionName', 'Trigger']] });
  // every metric that is named has its value, and every dimension
  const names = directive.Metrics.map(({ Name }: { readonly Name: string }) => Name);
  expect(names.sort()).toEqual(
    Object.keys(values)
      .filter(name => typeof values[name] === 'number')
      .sort(),
  );
});
