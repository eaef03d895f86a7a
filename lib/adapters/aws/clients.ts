/**
 * The SDK's clients, set up for conditional writes: timeouts that throw, and one owner of retries.
 *
 * A call makes at most two attempts, and the second only after a transient failure: a socket that died while the process was
 * frozen, a timeout, a 5xx. So the first call after a thaw does not fail. A throttled attempt is not tried again here: the
 * caller learns at once, and for certain, that nothing was written. All further retries are for the protocols, which know
 * what may be tried again.
 */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';

const MAX_ATTEMPTS = 2;
/** The second attempt waits up to so long, so that a thousand workers do not come back at once. */
const MAX_RETRY_DELAY_MS = 50;
const CONNECTION_TIMEOUT_MS = 1_000;
/** For one attempt, until the answer's head: hundreds of times what DynamoDB usually takes. */
const DYNAMO_TIMEOUT_MS = 3_000;
/** Long enough for the largest object over a slow line. */
const S3_TIMEOUT_MS = 10_000;
/** Until an asynchronous invocation is queued. */
const LAMBDA_TIMEOUT_MS = 3_000;
const SQS_TIMEOUT_MS = 5_000;
/** An answer that is waited for so long is asked after on its connection, again and again. */
const PROBE_AFTER_MS = 30_000;
const CLOUDFORMATION_TIMEOUT_MS = 5_000;

export interface ClientOptions {
  /** URL of an emulator; AWS itself if absent. */
  readonly endpoint?: string | undefined;
  readonly region?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** For one attempt, in milliseconds; a call may take twice that. */
  readonly requestTimeoutMs?: number;
}

type RetryStrategy = NonNullable<Exclude<DynamoDBClientConfig['retryStrategy'], { readonly retry: unknown }>>;

export function createDynamoClient(options: ClientOptions = {}): DynamoDBClient {
  return new DynamoDBClient(clientConfig(options, DYNAMO_TIMEOUT_MS));
}

export function createS3Client(options: ClientOptions = {}): S3Client {
  // emulators know no host names of buckets
  const forcePathStyle = options.endpoint !== undefined;
  return new S3Client({ ...clientConfig(options, S3_TIMEOUT_MS), forcePathStyle });
}

export function createLambdaClient(options: ClientOptions = {}): LambdaClient {
  return new LambdaClient(clientConfig(options, LAMBDA_TIMEOUT_MS));
}

/**
 * For invocations that are waited for: one attempt, for as long as each call says. Each has a connection of its own: on one that died
 * while the process stood still, its answer would be waited for in vain, and its request is not sent again.
 */
export function createLambdaTargetClient(options: ClientOptions = {}): LambdaClient {
  const { retryStrategy: _, requestHandler, ...config } = clientConfig(options, 0);
  // probes keep whatever is on the way from forgetting a connection that is silent for minutes
  const agentOptions = { keepAlive: true, keepAliveMsecs: PROBE_AFTER_MS };
  const agents = { httpAgent: new OneCallAgent(agentOptions), httpsAgent: new OneCallTlsAgent(agentOptions) };
  return new LambdaClient({ ...config, maxAttempts: 1, requestHandler: { ...requestHandler, ...agents } });
}

class OneCallAgent extends HttpAgent {
  override keepSocketAlive(): boolean {
    return false;
  }
}

class OneCallTlsAgent extends HttpsAgent {
  override keepSocketAlive(): boolean {
    return false;
  }
}

export function createSqsClient(options: ClientOptions = {}): SQSClient {
  return new SQSClient(clientConfig(options, SQS_TIMEOUT_MS));
}

export function createCloudFormationClient(options: ClientOptions = {}): CloudFormationClient {
  return new CloudFormationClient(clientConfig(options, CLOUDFORMATION_TIMEOUT_MS));
}

function clientConfig({ endpoint, requestTimeoutMs, ...options }: ClientOptions, defaultTimeoutMs: number) {
  const timeoutMs = requestTimeoutMs ?? defaultTimeoutMs;
  return {
    ...options,
    // the SDK takes an endpoint that is undefined for one that is set
    ...(endpoint !== undefined && { endpoint }),
    maxAttempts: MAX_ATTEMPTS,
    retryStrategy: retryOnceIfTransient,
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      requestTimeout: timeoutMs,
      throwOnRequestTimeout: true,
      // ends an answer that stops half way
      socketTimeout: timeoutMs,
    },
  };
}

const retryOnceIfTransient: RetryStrategy = {
  acquireInitialRetryToken: async () => tokenAfter(0),
  refreshRetryTokenForRetry: async (token, { errorType }) => {
    const retries = token.getRetryCount() + 1;
    if (errorType !== 'TRANSIENT' || retries >= MAX_ATTEMPTS) throw new Error('not to be tried again');
    return tokenAfter(retries);
  },
  recordSuccess: () => undefined,
};

function tokenAfter(retries: number) {
  return { getRetryCount: () => retries, getRetryDelay: () => retries * Math.random() * MAX_RETRY_DELAY_MS };
}
