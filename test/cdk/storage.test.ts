import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { EXPIRY_ATTRIBUTE } from '../../lib/adapters/aws/item-attributes.ts';
import { templateWith } from './synth.ts';

const standard = templateWith();
const ephemeral = templateWith({ ephemeral: 'true' });

describe('the tables', () => {
  it('are on demand, restorable, and keyed by pk and sk', () => {
    standard.resourceCountIs('AWS::DynamoDB::Table', 2);
    standard.allResourcesProperties('AWS::DynamoDB::Table', {
      BillingMode: 'PAY_PER_REQUEST',
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    });
  });

  it('are a log that streams its keys and a cluster table that streams nothing', () => {
    for (const StreamSpecification of [{ StreamViewType: 'KEYS_ONLY' }, Match.absent()]) {
      standard.resourcePropertiesCountIs('AWS::DynamoDB::Table', { StreamSpecification }, 1);
    }
  });

  it('drop what has expired, by the attribute that the adapter writes', () => {
    standard.allResourcesProperties('AWS::DynamoDB::Table', {
      TimeToLiveSpecification: { AttributeName: EXPIRY_ATTRIBUTE, Enabled: true },
    });
  });
});

describe('the bucket', () => {
  it('is private and encrypted', () => {
    standard.hasResourceProperties('AWS::S3::Bucket', {
      BucketEncryption: Match.anyValue(),
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    });
  });

  it('is refused to callers without TLS', () => {
    standard.hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Deny',
            Action: 's3:*',
            Principal: { AWS: '*' },
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          }),
        ]),
      },
    });
  });

  it('aborts multipart uploads that went stale, and expires nothing else', () => {
    standard.hasResourceProperties('AWS::S3::Bucket', {
      LifecycleConfiguration: {
        Rules: [
          { Id: 'AbortStaleUploads', Status: 'Enabled', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } },
        ],
      },
    });
  });
});

describe.each(['AWS::DynamoDB::Table', 'AWS::S3::Bucket'])('%s', type => {
  it('outlives the stack by default', () => {
    standard.allResources(type, { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
  });

  it('goes with an ephemeral stack', () => {
    ephemeral.allResources(type, { DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
  });
});

describe('the tables of a stack', () => {
  it('are protected from deletion, unless the stack is ephemeral', () => {
    standard.allResourcesProperties('AWS::DynamoDB::Table', { DeletionProtectionEnabled: true });
    ephemeral.allResourcesProperties('AWS::DynamoDB::Table', { DeletionProtectionEnabled: false });
  });
});

describe('emptying the bucket on deletion', () => {
  it('is part of an ephemeral stack only', () => {
    standard.resourceCountIs('Custom::EmptyOnDelete', 0);
    ephemeral.resourceCountIs('Custom::EmptyOnDelete', 1);
  });

  it('comes after every function that writes to the bucket is gone', () => {
    const [resource] = Object.keys(ephemeral.findResources('Custom::EmptyOnDelete'));
    const functions = ephemeral.findResources('AWS::Lambda::Function');
    for (const path of ['Produce', 'Fetch', 'Maintenance']) {
      const [, fn] = Object.entries(functions).find(([id]) => id.startsWith(path)) ?? [];
      expect(fn?.DependsOn).toContain(resource);
    }
  });
});
