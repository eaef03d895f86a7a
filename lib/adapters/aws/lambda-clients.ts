/** The SDK's clients of Lambda, apart from the others: not every function that may start another one ever does. */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { type ClientOptions, clientConfig } from './client-config.ts';

/** Until an asynchronous invocation is queued. */
const LAMBDA_TIMEOUT_MS = 3_000;
/** An answer that is waited for so long is asked after on its connection, again and again. */
const PROBE_AFTER_MS = 30_000;

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
