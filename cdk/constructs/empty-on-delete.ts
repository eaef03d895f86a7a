/**
 * Empties a bucket when the stack is deleted, for CloudFormation refuses to delete a bucket that holds an object.
 *
 * Whatever writes to the bucket must depend on it: then that is gone first, and the bucket stays empty.
 */
import { CustomResource, Duration } from 'aws-cdk-lib';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { grantObjects } from './object-grant.ts';
import { PathFunction } from './path-function.ts';

const timeout = Duration.minutes(15);

export class EmptyOnDelete extends PathFunction {
  constructor(scope: Construct, id: string, bucket: Bucket) {
    super(scope, id, {
      entry: 'empty-bucket',
      description: 'Millrace: empty the bucket before it is deleted with its stack',
      memoryInMiB: 512,
      timeout,
    });
    grantObjects(this, bucket, [{ sid: 'Objects', keys: '*', actions: ['DeleteObject'] }]);
    const resource = new CustomResource(this, 'Resource', {
      serviceToken: this.lambda.functionArn,
      resourceType: 'Custom::EmptyOnDelete',
      serviceTimeout: timeout,
    });
    resource.node.addDependency(this.lambda);
  }
}
