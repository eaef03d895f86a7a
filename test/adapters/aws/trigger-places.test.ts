import { describe, expect, it } from 'vitest';
import { refusalOfDestination, refusalOfFunction } from '../../../lib/adapters/aws/trigger-places.ts';

describe('a function', () => {
  it.each([
    'counts',
    'counts:live',
    'counts:$LATEST',
    'arn:aws:lambda:eu-west-1:123456789012:function:counts',
    'arn:aws-cn:lambda:cn-north-1:123456789012:function:counts:7',
  ])('may be %s', name => {
    expect(refusalOfFunction(name)).toBeUndefined();
  });

  it.each([
    '',
    'a b',
    'a/b',
    'counts:',
    'counts\n',
    'file:///handler.ts',
    'https://example.org',
    'arn:aws:lambda:eu-west-1:12345:function:counts',
    'arn:aws:sqs:eu-west-1:123456789012:counts',
  ])('is not %j', name => {
    expect(refusalOfFunction(name)).toContain('expected the ARN or the name');
  });
});

describe('a destination', () => {
  it.each([
    'arn:aws:sqs:eu-west-1:123456789012:failed',
    'arn:aws-us-gov:sqs:us-gov-west-1:123456789012:failed',
    's3://failed',
    's3://failed/',
    's3://failed/some/prefix',
    `s3://failed/${'p'.repeat(512)}`,
    `s3://failed/${'é'.repeat(256)}`,
  ])('may be %s', destination => {
    expect(refusalOfDestination(destination)).toBeUndefined();
  });

  it.each([
    ['', 'expected kafka://<topic>'],
    ['kafka', 'expected kafka://<topic>'],
    ['s3://', 'expected kafka://<topic>'],
    ['s3://Failed', 'expected kafka://<topic>'],
    ['s3://ab', 'expected kafka://<topic>'],
    ['s3://failed/a\nb', 'expected kafka://<topic>'],
    ['s3://failed/\ud800', 'expected kafka://<topic>'],
    ['arn:aws:sns:eu-west-1:123456789012:failed', 'expected kafka://<topic>'],
    ['arn:aws:sqs:eu-west-1:123456789012:failed.fifo', 'expected a standard queue'],
    [`s3://failed/${'p'.repeat(513)}`, 'has 513 bytes, the limit is 512'],
    [`s3://failed/${'é'.repeat(257)}`, 'has 514 bytes, the limit is 512'],
  ])('is not %j', (destination, refusal) => {
    expect(refusalOfDestination(destination)).toContain(refusal);
  });
});
