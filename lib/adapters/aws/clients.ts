/** The SDK's clients of the stores and of what else Millrace talks to; see `client-config.ts` for how they are set up. */
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { type ClientOptions, clientConfig } from './client-config.ts';

/** For one attempt, until the answer's head: hundreds of times what DynamoDB usually takes. */
const DYNAMO_TIMEOUT_MS = 3_000;
/** Long enough for the largest object over a slow line. */
const S3_TIMEOUT_MS = 10_000;
const SQS_TIMEOUT_MS = 5_000;
const CLOUDFORMATION_TIMEOUT_MS = 5_000;

export function createDynamoClient(options: ClientOptions = {}): DynamoDBClient {
  return new DynamoDBClient(clientConfig(options, DYNAMO_TIMEOUT_MS));
}

export function createS3Client(options: ClientOptions = {}): S3Client {
  // emulators know no host names of buckets
  const forcePathStyle = options.endpoint !== undefined;
  return new S3Client({ ...clientConfig(options, S3_TIMEOUT_MS), forcePathStyle });
}

export function createSqsClient(options: ClientOptions = {}): SQSClient {
  return new SQSClient(clientConfig(options, SQS_TIMEOUT_MS));
}

export function createCloudFormationClient(options: ClientOptions = {}): CloudFormationClient {
  return new CloudFormationClient(clientConfig(options, CLOUDFORMATION_TIMEOUT_MS));
}
