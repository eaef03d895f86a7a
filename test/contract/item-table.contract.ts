/**
 * What every item table does. One `*.test.ts` per adapter runs it.
 */
import { afterAll, beforeAll, describe } from 'vitest';
import type { ItemTable } from '../../lib/ports/item-table.ts';
import { attributeCases } from './item-table/attributes.ts';
import { keyCases } from './item-table/keys.ts';
import { lostReplyCases } from './item-table/lost-replies.ts';
import { queryCases } from './item-table/queries.ts';
import { raceCases } from './item-table/races.ts';
import { writeCases } from './item-table/writes.ts';

export interface ItemTableHarness {
  readonly table: ItemTable;
  /** The next write reaches the store and is applied, but its reply gets lost on the way back. */
  loseNextReply(): void;
  /** How many replies were lost so far. */
  lostReplies(): number;
  close(): Promise<void>;
}

/** What an emulator is known to get wrong, in words. */
export interface ItemTableGaps {
  readonly proto?: string;
}

export function itemTableContract(
  adapter: string,
  open: () => Promise<ItemTableHarness>,
  gaps: ItemTableGaps = {},
): void {
  describe(`item table: ${adapter}`, () => {
    let harness: ItemTableHarness;

    beforeAll(async () => {
      harness = await open();
    });
    afterAll(() => harness.close());

    const table = () => harness.table;
    writeCases(table);
    raceCases(table);
    queryCases(table);
    keyCases(table);
    attributeCases(table, gaps);
    lostReplyCases(() => harness);
  });
}
