import { expect, it } from 'vitest';
import { sideBySide } from '../../lib/log/side-by-side.ts';

it('runs sixteen calls at once at most, and answers in the order of the items', async () => {
  let running = 0;
  let most = 0;
  const items = Array.from({ length: 40 }, (_, index) => index);
  const results = await sideBySide(items, async item => {
    most = Math.max(most, ++running);
    for (let turn = 0; turn < 40 - item; turn++) await Promise.resolve();
    running--;
    return 2 * item;
  });
  expect(results).toEqual(items.map(item => 2 * item));
  expect(most).toBe(16);
});
