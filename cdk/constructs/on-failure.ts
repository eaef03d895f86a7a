/** Where records end that a trigger gives up, and what the dispatcher needs to send them there. */
import { Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { CfnBucket, IBucket } from 'aws-cdk-lib/aws-s3';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IMillraceTopic } from './interfaces.ts';

/**
 * A queue gets the coordinates of the records, a bucket the records as well, under `<prefix>/millrace/<year>/<month>/<day>/`; a topic of
 * the same Millrace gets a record for each.
 */
export type OnFailure =
  | { readonly queue: IQueue }
  | { readonly bucket: FailureBucket; readonly prefix?: string }
  | { readonly topic: IMillraceTopic };

/** All that it takes of a bucket. */
export type FailureBucket = Pick<IBucket, 'node' | 'bucketName' | 'arnForObjects' | 'encryptionKey'>;

export interface BoundDestination {
  /** As the API names it. */
  readonly name: string;
  readonly statements: readonly PolicyStatement[];
  /** What the statements have wildcards for, as cdk-nag names it, where that is known. */
  readonly wildcard?: string;
}

export function bindDestination(onFailure: OnFailure): BoundDestination {
  if ('topic' in onFailure) return { name: `kafka://${onFailure.topic.topicName}`, statements: [] };
  return 'queue' in onFailure ? toQueue(onFailure.queue) : toBucket(onFailure);
}

function toQueue(queue: IQueue): BoundDestination {
  if (queue.fifo) throw new Error('a FIFO queue cannot be an on-failure destination, it would need groups of messages');
  const { queueArn, encryptionMasterKey: key } = queue;
  const send = new PolicyStatement({ sid: 'OnFailure', actions: ['sqs:SendMessage'], resources: [queueArn] });
  const encrypt =
    key &&
    new PolicyStatement({
      sid: 'OnFailureKey',
      actions: ['kms:GenerateDataKey', 'kms:Decrypt'],
      resources: [key.keyArn],
    });
  return { name: queueArn, statements: encrypt ? [send, encrypt] : [send] };
}

function toBucket({ bucket, prefix = '' }: Extract<OnFailure, { readonly bucket: unknown }>): BoundDestination {
  const folders = prefix.split('/').filter(part => part !== '');
  const keys = [...folders, 'millrace', '*'].join('/');
  const key = bucket.encryptionKey;
  const put = new PolicyStatement({
    sid: 'OnFailure',
    actions: ['s3:PutObject'],
    resources: [bucket.arnForObjects(keys)],
  });
  const encrypt =
    key &&
    new PolicyStatement({
      sid: 'OnFailureKey',
      actions: ['kms:GenerateDataKey'],
      resources: [key.keyArn],
    });
  const resource = bucket.node.defaultChild as CfnBucket | undefined;
  return {
    name: `s3://${[bucket.bucketName, ...folders].join('/')}`,
    statements: encrypt ? [put, encrypt] : [put],
    ...(resource && { wildcard: `Resource::<${Stack.of(resource).getLogicalId(resource)}.Arn>/${keys}` }),
  };
}
