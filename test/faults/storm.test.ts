/** The plan of faults. */
import { expect, it } from 'vitest';
import { planStorm, rage } from './storm.ts';

const kinds = ['killed', 'frozen', 'cut off'];
const plan = (forMs: number, seed = 1) => planStorm({ kinds, firstMs: 1_000, everyMs: 500, forMs, seed });

it('is the same with the same seed, and another with another', () => {
  expect(plan(9_000)).toEqual(plan(9_000));
  expect(plan(9_000)).not.toEqual(plan(9_000, 2));
});

it('has each kind in its turn as long as it goes on, and each once however short it is', () => {
  expect(plan(9_000)).toHaveLength(16);
  expect(plan(9_000).every(({ atMs }) => atMs >= 1_000 && atMs < 9_000)).toBe(true);
  expect(plan(0).map(({ kind }) => kind)).toEqual(kinds);
});

it('tells whom each befell, and leaves out what befell nobody', async () => {
  const faults = await rage(
    planStorm({ kinds, firstMs: 0, everyMs: 1, forMs: 0, seed: 1 }),
    {
      killed: async (_draw, tell) => tell('a'),
      frozen: async () => {},
      'cut off': async (_draw, tell) => tell('b'),
    },
    () => {},
  );
  expect(faults.map(({ kind, who }) => [kind, who]).toSorted()).toEqual([
    ['cut off', 'b'],
    ['killed', 'a'],
  ]);
});
