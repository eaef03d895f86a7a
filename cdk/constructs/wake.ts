/**
 * Wake: the one consumer of the log table's stream. Of the partitions that have grown it starts the triggers, and the maintenance of
 * those that are due.
 *
 * No traffic, no invocations, no cost. Tries are finite: what is given up goes to a queue, and the schedule does it.
 */
import { Duration } from 'aws-cdk-lib';
import { FilterCriteria, FilterRule, type IEventSourceDlq, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { alarmAt } from './alarm.ts';
import type { Dispatcher } from './dispatcher.ts';
import { failureQueue } from './failure-queue.ts';
import type { Maintenance } from './maintenance.ts';
import { PathFunction } from './path-function.ts';
import type { Storage } from './storage.ts';

export interface WakeProps {
  readonly storage: Storage;
  readonly maintenance: Maintenance;
  readonly dispatcher: Dispatcher;
}

export class Wake extends PathFunction {
  constructor(scope: Construct, id: string, { storage, maintenance, dispatcher }: WakeProps) {
    super(scope, id, {
      entry: 'wake',
      description: 'Millrace: start triggers and due rolls where entries were appended',
      memoryInMiB: 256,
      timeout: Duration.minutes(1),
    });
    storage.grantLog(this, ['Query']);
    storage.grantCluster(this, ['GetItem', 'Query']);
    maintenance.grantStart(this);
    dispatcher.grantStart(this);
    this.#readStream(storage);
    const age = this.lambda.metric('IteratorAge', { statistic: 'Maximum', period: Duration.minutes(5) });
    alarmAt(this, 'Behind', {
      metric: age,
      alarmDescription: 'Wake: reads the stream ten minutes late or more',
      threshold: Duration.minutes(10).toMilliseconds(),
    });
  }

  #readStream(storage: Storage): void {
    const mapping = this.lambda.addEventSourceMapping('Stream', {
      eventSourceArn: storage.grantLogStream(this),
      startingPosition: StartingPosition.TRIM_HORIZON,
      // Entries that get new time, or expire, are no news.
      filters: [FilterCriteria.filter({ eventName: FilterRule.isEqual('INSERT') })],
      batchSize: 10_000,
      // A record waits so long for its trigger to be started.
      maxBatchingWindow: Duration.seconds(1),
      retryAttempts: 3,
      bisectBatchOnError: true,
      // By then the schedule has done what it asks for.
      maxRecordAge: Duration.hours(1),
      onFailure: this.#givenUp(),
    });
    // The mapping is refused unless the role may read the stream.
    mapping.node.addDependency(this.role);
  }

  #givenUp(): IEventSourceDlq {
    const queue = failureQueue(this, 'GivenUp', 'Wake: a batch of the stream was given up');
    this.allow({ sid: 'GivenUp', actions: ['sqs:SendMessage'], resources: [queue.queueArn] });
    return { bind: () => ({ destination: queue.queueArn }) };
  }
}
