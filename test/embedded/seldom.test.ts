import { expect, it } from 'vitest';
import { ManualClock } from '../../lib/adapters/memory/manual-clock.ts';
import { Seldom } from '../../lib/embedded/seldom.ts';

it('tells the same once in a while, and whatever is new at once', async () => {
  const clock = new ManualClock();
  const seldom = new Seldom(clock, 1_000);
  expect([seldom.isDue('a'), seldom.isDue('a'), seldom.isDue('b')]).toEqual([true, false, true]);
  await clock.advance(999);
  expect(seldom.isDue('a')).toBe(false);
  await clock.advance(1);
  expect(seldom.isDue('a')).toBe(true);
});

it('remembers no more than a thousand texts', () => {
  const seldom = new Seldom(new ManualClock(), 1_000);
  for (let count = 0; count <= 1_000; count++) seldom.isDue(String(count));
  expect(seldom.isDue('0')).toBe(true);
});
