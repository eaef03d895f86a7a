import { expect, it } from 'vitest';
import { fewestThatFail } from './shrink.ts';

it.each([1, 2, 99, 150])('a run of 150 operations that fails from %i on shrinks to that', async from => {
  const tried: number[] = [];
  const fails = async (operations: number) => {
    tried.push(operations);
    return operations >= from;
  };
  expect(await fewestThatFail(150, fails)).toBe(from);
  expect(tried.length).toBeLessThan(9);
});

it('a run that fails only now and then shrinks to one that fails', async () => {
  const failing = new Set([150, 75, 60, 59]);
  expect(failing).toContain(await fewestThatFail(150, async operations => failing.has(operations)));
});
