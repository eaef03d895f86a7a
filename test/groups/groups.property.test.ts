/**
 * Interleavings of all that happens to a group: its members' requests and others' overlap at every call of the table, in any order.
 * What clients were told is judged by the checks of histories.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { checkHistory } from '../history/check-history.ts';
import { MEMBERS, PropertyRun, type Step, type Turn } from './property-run.ts';

/** 3 s in which an assignment settles; then its owners are told of the next, give up, and say so; then it is taken. */
const ROUNDS = 8;
const ROUND_MS = 1_100;

const member = fc.nat({ max: MEMBERS - 1 });
const offset = fc.nat({ max: 40 });
const weighted = (weight: number, arbitrary: fc.Arbitrary<Step>) => ({ weight, arbitrary });

const step = fc.oneof(
  weighted(10, fc.record({ kind: fc.constant('beat' as const), member })),
  weighted(8, fc.record({ kind: fc.constant('commit' as const), member, by: fc.nat({ max: 9 }) })),
  weighted(2, fc.record({ kind: fc.constantFrom('leave' as const, 'restart' as const), member })),
  weighted(3, fc.record({ kind: fc.constant('stale-commit' as const), member })),
  weighted(2, fc.record({ kind: fc.constantFrom('reset' as const, 'standalone' as const), offset })),
  weighted(2, fc.record({ kind: fc.constantFrom('committed' as const, 'grow' as const, 'topic' as const) })),
  weighted(4, fc.record({ kind: fc.constant('pass' as const), ms: fc.constantFrom(100, 3_100, 46_000, 61_000) })),
);

const turn: fc.Arbitrary<Turn> = fc.record({
  step,
  releases: fc.array(fc.nat({ max: 20 }), { maxLength: 25, size: 'max' }),
});
const turns = fc.array(turn, { minLength: 20, maxLength: 80, size: 'max' });
const picks = fc.array(fc.nat({ max: 20 }), { minLength: 1, maxLength: 20 });

it('never takes commits from two owners, nor a stale one, nor one that goes back; and soon every partition has one owner', async () => {
  await fc.assert(
    fc.asyncProperty(turns, picks, async (all, order) => {
      const run = await PropertyRun.open();
      await run.rounds(ROUNDS, ROUND_MS);
      for (const each of all) await run.take(each);
      await run.end(order);
      expect(checkHistory(run.history)).toEqual([]);

      await run.rounds(ROUNDS, ROUND_MS);
      const holders = run.holders();
      expect([...holders.keys()].toSorted()).toEqual((await run.partitions()).toSorted());
      expect([...holders.values()].filter(({ length }) => length !== 1)).toEqual([]);
      expect((await run.commitAll()).filter(({ error }) => error)).toEqual([]);
    }),
    { numRuns: 300 },
  );
}, 60_000);
