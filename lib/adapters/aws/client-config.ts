/**
 * The SDK's clients, set up for conditional writes: timeouts that throw, and one owner of retries.
 *
 * A call makes at most two attempts, and the second only after a transient failure: a socket that died while the process was
 * frozen, a timeout, a 5xx. So the first call after a thaw does not fail. A throttled attempt is not tried again here: the
 * caller learns at once, and for certain, that nothing was written. All further retries are for the protocols, which know
 * what may be tried again.
 */
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';

const MAX_ATTEMPTS = 2;
/** The second attempt waits up to so long, so that a thousand workers do not come back at once. */
const MAX_RETRY_DELAY_MS = 50;
const CONNECTION_TIMEOUT_MS = 1_000;

export interface ClientOptions {
  /** URL of an emulator; AWS itself if absent. */
  readonly endpoint?: string | undefined;
  readonly region?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** For one attempt, in milliseconds; a call may take twice that. */
  readonly requestTimeoutMs?: number;
}

type RetryStrategy = NonNullable<Exclude<DynamoDBClientConfig['retryStrategy'], { readonly retry: unknown }>>;

export function clientConfig({ endpoint, requestTimeoutMs, ...options }: ClientOptions, defaultTimeoutMs: number) {
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
