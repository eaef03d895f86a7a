/**
 * Invoking a trigger's function on AWS Lambda, and waiting for its answer. One attempt, by a client that never sends a request twice:
 * whether the function runs again is decided by who called.
 *
 * Without an answer nobody knows whether the function runs, so `unknown` is answered only when it has ended by its own timeout.
 */
import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import type { Clock } from '../../ports/clock.ts';
import type { TargetAnswer, TargetCall, TriggerTarget } from '../../ports/trigger-target.ts';
import { isNamed, isUnsent, statusOf } from './sdk-error.ts';

/** An answer may take so much longer than the function: the way there and back, and a cold start, which its timeout does not count. */
const WAY_MS = 10_000;

/** What an error says is kept to so many characters. */
const ERROR_LENGTH = 500;

/** Nothing ran: too much is running, or being set up. */
const THROTTLES = [
  'TooManyRequestsException',
  'ThrottlingException',
  'EC2ThrottledException',
  'ENILimitReachedException',
  'ENINotReadyException',
  'SubnetIPAddressLimitReachedException',
] as const;

/** Nothing ran, although Lambda says that it failed itself: the function's own settings have to be set right. */
const REFUSALS = [
  'EC2AccessDeniedException',
  'EC2UnexpectedException',
  'InvalidRuntimeException',
  'InvalidSecurityGroupIDException',
  'InvalidSubnetIDException',
  'InvalidZipFileException',
  'KMSAccessDeniedException',
  'KMSDisabledException',
  'KMSInvalidStateException',
  'KMSNotFoundException',
  'ResourceNotReadyException',
] as const;

export class LambdaTriggerTarget implements TriggerTarget {
  readonly #client: LambdaClient;
  readonly #clock: Clock;

  /** @param client one that makes a single attempt */
  constructor(client: LambdaClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  async invoke({ function: name, payload, timeoutMs }: TargetCall): Promise<TargetAnswer> {
    const sentAt = this.#clock.monotonic();
    const command = new InvokeCommand({
      FunctionName: name,
      InvocationType: 'RequestResponse',
      Payload: Buffer.from(payload),
    });
    try {
      const requestTimeout = timeoutMs + WAY_MS;
      const { FunctionError, Payload } = await this.#client.send(command, { requestTimeout });
      const response = Payload ? Buffer.from(Payload).toString() : '';
      return FunctionError === undefined
        ? { outcome: 'done', response }
        : { outcome: 'failed', error: errorOf(response) };
    } catch (error) {
      const answer = answerOf(error);
      if (answer.outcome === 'unknown') await this.#untilEnded(sentAt, timeoutMs);
      return answer;
    }
  }

  async #untilEnded(sentAt: number, timeoutMs: number): Promise<void> {
    const left = sentAt + timeoutMs + WAY_MS - this.#clock.monotonic();
    if (left > 0) await this.#clock.sleep(left);
  }
}

/** Whatever Lambda says was wrong with the request, it says before anything runs. */
function answerOf(error: unknown): TargetAnswer {
  const status = statusOf(error);
  if (isNamed(error, ...THROTTLES) || status === 429) return { outcome: 'throttled' };
  const text = String(error).slice(0, ERROR_LENGTH);
  // that is the fault of the records: fewer of them may pass, and one alone is given up
  if (isNamed(error, 'RequestTooLargeException')) return { outcome: 'failed', error: text };
  const isRefused = (status >= 400 && status < 500) || isNamed(error, ...REFUSALS) || isUnsent(error);
  return { outcome: isRefused ? 'refused' : 'unknown', error: text };
}

/** What Lambda says of a function that failed: `{"errorType":…,"errorMessage":…}`. */
function errorOf(response: string): string {
  try {
    const { errorType = 'Error', errorMessage = '' } = JSON.parse(response) as Record<string, unknown>;
    return `${String(errorType)}: ${String(errorMessage)}`.slice(0, ERROR_LENGTH);
  } catch {
    return `the function failed: ${response.slice(0, ERROR_LENGTH)}`;
  }
}
