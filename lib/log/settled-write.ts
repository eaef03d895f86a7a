/**
 * Conditional writes whose lost replies are resolved: tried again with the same `writeId` until the store says what holds.
 *
 * A `writeId` proves only the last write to a cell. Where a reply was lost and the cell now holds another's write, ours may
 * have been applied and overwritten: the outcome is unknown, and only the caller's caller can tell what is harmless twice.
 */
import type { CreateResult, NewItem, ReplaceResult } from '../ports/item-table.ts';
import { MillraceError } from '../protocol/errors.ts';
import type { LogDeps } from './deps.ts';

const TRIES = 5;
const BACKOFF_MS = 50;

type WriteDeps = Pick<LogDeps, 'cluster' | 'clock' | 'random'>;

export function createSettled(deps: WriteDeps, item: NewItem): Promise<CreateResult> {
  return settle(deps, () => deps.cluster.create(item), 'exists');
}

export function replaceSettled(deps: WriteDeps, item: NewItem, version: number): Promise<ReplaceResult> {
  return settle(deps, () => deps.cluster.replace(item, version), 'stale');
}

async function settle<R extends { readonly outcome: string }>(
  { clock, random }: WriteDeps,
  write: () => Promise<R>,
  refused: R['outcome'],
): Promise<R> {
  let isUncertain = false;
  for (let tries = 1; ; tries++) {
    try {
      const result = await write();
      if (!isUncertain || result.outcome !== refused) return result;
      throw new MillraceError('OUTCOME_UNKNOWN', 'the change may have been made, and changed again since');
    } catch (error) {
      if (!(error instanceof MillraceError) || !error.retriable) throw error;
      isUncertain ||= error.outcome === 'unknown';
      if (tries === TRIES) throw isUncertain ? unconfirmed(error) : error;
    }
    await clock.sleep(random.float() * BACKOFF_MS * 2 ** tries);
  }
}

const unconfirmed = (cause: MillraceError) =>
  new MillraceError('OUTCOME_UNKNOWN', 'the store did not say whether the change was made', { cause });
