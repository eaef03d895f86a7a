import { expect } from 'vitest';
import { MillraceError } from '../../../lib/protocol/errors.ts';

interface LosesReplies {
  loseNextReply(): void;
  lostReplies(): number;
}

/**
 * Makes the call with its first reply lost. Some adapters try again by themselves, and answer; the others say that the
 * outcome is unknown, and the same call is made again, as every caller must.
 */
export async function loseReplyOf<T>(call: () => Promise<T>, harness: LosesReplies): Promise<T> {
  const before = harness.lostReplies();
  harness.loseNextReply();
  const result = await untilKnown(call);
  expect(harness.lostReplies()).toBe(before + 1);
  return result;
}

async function untilKnown<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof MillraceError) || error.outcome !== 'unknown') throw error;
    return untilKnown(call);
  }
}
