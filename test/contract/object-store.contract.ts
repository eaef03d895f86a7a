/**
 * What every object store does. One `*.test.ts` per adapter runs it.
 */
import { afterAll, beforeAll, describe } from 'vitest';
import type { ObjectStore } from '../../lib/ports/object-store.ts';
import { deleteCases } from './object-store/deletes.ts';
import { getCases } from './object-store/gets.ts';
import { keyCases } from './object-store/keys.ts';
import { listCases } from './object-store/lists.ts';
import { putCases } from './object-store/puts.ts';

export interface ObjectStoreHarness {
  readonly store: ObjectStore;
  /** The next write reaches the store and is applied, but its reply gets lost on the way back. */
  loseNextReply(): void;
  /** How many replies were lost so far. */
  lostReplies(): number;
  close(): Promise<void>;
}

/** What an emulator is known to get wrong, in words. */
export interface ObjectStoreGaps {
  readonly rangeOfEmpty?: string;
  readonly markup?: string;
  readonly order?: string;
}

export function objectStoreContract(
  adapter: string,
  open: () => Promise<ObjectStoreHarness>,
  gaps: ObjectStoreGaps = {},
): void {
  describe(`object store: ${adapter}`, () => {
    let harness: ObjectStoreHarness;

    beforeAll(async () => {
      harness = await open();
    });
    afterAll(() => harness.close());

    const store = () => harness.store;
    getCases(store, gaps);
    putCases(() => harness);
    keyCases(store, gaps);
    deleteCases(() => harness);
    listCases(store, gaps);
  });
}
