import { MillraceError } from '../../protocol/errors.ts';
import { messageOf } from './caught-error.ts';
import type { OpeningGate } from './opening-gate.ts';

/** A commit that takes longer waits for another process that stands still with LMDB's lock in its hand. */
const COMMIT_WITHIN_MS = 10_000;

/**
 * Runs a conditional write and answers whether its condition held, once it is on disk.
 *
 * @throws MillraceError OUTCOME_UNKNOWN where the commit failed, for LMDB cannot say whether its last sync reached the disk,
 *   and where it did not end in time: it may yet
 */
export async function durably(gate: OpeningGate, write: () => Promise<boolean>): Promise<boolean> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(tooLate()), COMMIT_WITHIN_MS);
  try {
    return await Promise.race([commit(gate, write), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

async function commit(gate: OpeningGate, write: () => Promise<boolean>): Promise<boolean> {
  let isSubmitted = false;
  try {
    return await gate.whileOpen(() => {
      const committed = write();
      isSubmitted = true;
      return committed;
    });
  } catch (error) {
    const cause = await commitErrorOf(error);
    const code = isSubmitted ? 'OUTCOME_UNKNOWN' : 'STORE_UNAVAILABLE';
    throw new MillraceError(code, `the local store failed to commit: ${messageOf(cause)}`, { cause });
  }
}

const tooLate = () =>
  new MillraceError(
    'OUTCOME_UNKNOWN',
    `the local store did not commit in ${COMMIT_WITHIN_MS} ms: is a process on its folder stopped?`,
  );

/** LMDB rejects with a general error whose `commitError` is a promise that rejects with the reason. */
async function commitErrorOf(error: unknown): Promise<unknown> {
  if (!(error instanceof Error) || !('commitError' in error)) return error;
  try {
    await error.commitError;
    return error;
  } catch (reason) {
    return reason;
  }
}
