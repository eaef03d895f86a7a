/** Lets a function act on objects of a bucket, and tells it the bucket's name. */
import { Stack } from 'aws-cdk-lib';
import type { Bucket, CfnBucket } from 'aws-cdk-lib/aws-s3';
import { variables } from '../../functions/environment.ts';
import { acknowledge } from './acknowledge.ts';
import type { PathFunction } from './path-function.ts';

export type ObjectAction = 'GetObject' | 'PutObject' | 'DeleteObject';

export interface ObjectGrant {
  readonly sid: string;
  /** A pattern of keys; keys themselves are made at run time. */
  readonly keys: string;
  readonly actions: readonly ObjectAction[];
}

export function grantObjects(fn: PathFunction, bucket: Bucket, grants: readonly ObjectGrant[]): void {
  const bucketId = Stack.of(bucket).getLogicalId(bucket.node.defaultChild as CfnBucket);
  for (const { sid, keys, actions } of grants) {
    fn.allow({ sid, actions: actions.map(action => `s3:${action}`), resources: [bucket.arnForObjects(keys)] });
    acknowledge(fn, { [`AwsSolutions-IAM5[Resource::<${bucketId}.Arn>/${keys}]`]: 'the keys are made at run time' });
  }
  // Without it S3 answers "access denied" for an object that is gone, and a reader could not tell that it is.
  fn.allow({ sid: 'ObjectsThatAreGone', actions: ['s3:ListBucket'], resources: [bucket.bucketArn] });
  fn.lambda.addEnvironment(variables.bucket, bucket.bucketName);
}
