import { MillraceError } from '../../protocol/errors.ts';
import { messageOf } from './caught-error.ts';
import type { OpeningGate } from './opening-gate.ts';

/**
 * Runs a conditional write and answers whether its condition held, once it is on disk.
 *
 * @throws MillraceError OUTCOME_UNKNOWN where the commit failed: LMDB cannot say whether its last sync reached the disk
 */
export async function durably(gate: OpeningGate, write: () => Promise<boolean>): Promise<boolean> {
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
