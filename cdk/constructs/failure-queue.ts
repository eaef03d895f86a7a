/** Where events end that were given up, and the alarm that says so. Nothing reads it but who looks into the alarm. */
import { Duration } from 'aws-cdk-lib';
import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import { alarmAtFirst } from './alarm.ts';

export function failureQueue(scope: Construct, id: string, alarmDescription: string): Queue {
  const queue = new Queue(scope, id, {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
  acknowledge(queue, { 'AwsSolutions-SQS3': 'it is itself where failed events end' });
  const waiting = queue.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM });
  alarmAtFirst(scope, `${id}NotEmpty`, waiting, alarmDescription);
  return queue;
}
