/**
 * Maintenance: rolls entries into segments, merges, retains and compacts segments, sweeps objects, removes deleted topics.
 *
 * A schedule runs it over everything; whoever is granted its start runs it for one partition. Whatever a run leaves undone, because
 * it failed, was lost or was out of time, the next one does.
 */
import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  Metric,
  type MetricOptions,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { metricNamespace, variables } from '../../functions/environment.ts';
import { alarmAt } from './alarm.ts';
import { failureQueue } from './failure-queue.ts';
import { PathFunction } from './path-function.ts';
import type { Storage } from './storage.ts';

/** Half of the roll lag at which the alarm is raised: the schedule alone keeps a quiet partition below it. */
const interval = Duration.minutes(30);
const lagOfAlarm = Duration.hours(1);

/** An event older than this is of no use: a run of the schedule has come after it. */
const maxEventAge = Duration.hours(1);

export interface MaintenanceProps {
  readonly storage: Storage;
}

export class Maintenance extends PathFunction {
  constructor(scope: Construct, id: string, { storage }: MaintenanceProps) {
    super(scope, id, {
      entry: 'maintenance',
      description: 'Millrace: roll, merge, retain, compact and sweep what partitions hold',
      memoryInMiB: 512,
      timeout: Duration.minutes(15),
    });
    storage.grantLog(this, ['GetItem', 'Query', 'PutItem', 'DeleteItem']);
    storage.grantCluster(this, ['GetItem', 'Query', 'PutItem', 'DeleteItem']);
    const everything = ['GetObject', 'PutObject', 'DeleteObject'] as const;
    storage.grantObjects(this, { batches: ['GetObject', 'DeleteObject'], segments: everything, manifests: everything });
    // A run that Lambda repeats would start the runs after it twice.
    this.lambda.configureAsyncInvoke({ retryAttempts: 0, maxEventAge });
    this.#mayGoOn();
    this.#schedule();
    this.#addAlarms();
  }

  /** Lets a function start the maintenance of one partition, and tells it how this one is called. */
  grantStart(fn: PathFunction): void {
    fn.allow({
      sid: 'StartMaintenance',
      actions: ['lambda:InvokeFunction'],
      resources: [this.lambda.functionArn],
    });
    fn.lambda.addEnvironment(variables.maintenanceFunction, this.lambda.functionName);
  }

  /** Lets it start itself where time runs out; as a policy apart, for the function waits for those of its role. */
  #mayGoOn(): void {
    const goOn = new PolicyStatement({
      sid: 'GoOn',
      actions: ['lambda:InvokeFunction'],
      resources: [this.lambda.functionArn],
    });
    this.role.attachInlinePolicy(new Policy(this, 'GoOn', { statements: [goOn] }));
  }

  #schedule(): void {
    const target = new LambdaFunction(this.lambda, {
      event: RuleTargetInput.fromObject({ task: 'maintain' }),
      retryAttempts: 3,
      maxEventAge,
      deadLetterQueue: failureQueue(this, 'Unscheduled', 'a scheduled run of maintenance could not be started'),
    });
    new Rule(this, 'Schedule', {
      description: 'Millrace: maintenance of everything',
      schedule: Schedule.rate(interval),
      targets: [target],
    });
  }

  /** A metric that its runs publish. */
  metric(metricName: string, props: MetricOptions = {}): Metric {
    return new Metric({
      namespace: metricNamespace,
      metricName,
      dimensionsMap: { FunctionName: this.lambda.functionName },
      // longer than from one scheduled run to the next: an alarm stays raised until one says otherwise
      period: Duration.hours(1),
      ...props,
    });
  }

  #addAlarms(): void {
    alarmAt(this, 'RollLag', {
      metric: this.metric('RollLagMs', { statistic: Stats.MAXIMUM }),
      alarmDescription:
        'Maintenance: an entry has been due to be rolled into a segment for an hour; it expires after 7 days',
      threshold: lagOfAlarm.toMilliseconds(),
    });
    new Alarm(this, 'Silence', {
      metric: this.metric('ScheduledRuns', { statistic: Stats.SUM }),
      alarmDescription: 'Maintenance: no scheduled run for two hours, or never yet; entries expire after 7 days',
      threshold: 1,
      evaluationPeriods: 2,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.BREACHING,
    });
  }
}
