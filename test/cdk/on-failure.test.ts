import type { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { describe, expect, it } from 'vitest';
import { bindDestination } from '../../cdk/constructs/on-failure.ts';
import { AwsFailureDestination } from '../../lib/adapters/aws/failure-destination.ts';
import { refusalOfDestination } from '../../lib/adapters/aws/trigger-places.ts';
import { openShop } from './shop.ts';

/** The key under which a batch is put. */
async function keyOf(destination: string): Promise<string> {
  let key = '';
  const s3 = {
    async send({ input }: { readonly input: { readonly Key: string } }) {
      key = input.Key;
    },
  };
  const sender = new AwsFailureDestination({ sqs: new SQSClient(), s3: s3 as unknown as S3Client });
  await sender.send({ destination, metadata: '{}', payload: '', name: 'batch', failedAt: 0 });
  return key;
}

describe('a bucket as a destination', () => {
  it.each([undefined, '', 'failed', '/failed/clicks/'])(
    'with prefix %s is written to where it may be',
    async prefix => {
      const bucket = Bucket.fromBucketName(openShop().stack, 'Kept', 'kept');
      const { name, statements } = bindDestination({ bucket, ...(prefix !== undefined && { prefix }) });
      expect(refusalOfDestination(name)).toBeUndefined();
      const [resource] = statements[0]?.resources ?? [];
      const pattern = resource?.slice(resource.indexOf(':kept/') + ':kept/'.length) ?? '';
      const key = await keyOf(name);
      expect(pattern.endsWith('millrace/*')).toBe(true);
      expect(key.startsWith(pattern.slice(0, -1))).toBe(true);
    },
  );
});
