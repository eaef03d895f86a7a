import { it } from 'vitest';

/**
 * A test that an emulator is known to fail. It shows among the results by name, with the reason, instead of failing.
 *
 * @example itUnless(gaps.order)('lists in key order', async () => { … });
 *
 * @param gap what is wrong with the emulator; undefined where the test runs
 */
export function itUnless(gap: string | undefined): (title: string, test: () => Promise<void>) => void {
  return gap === undefined ? it : title => it(`did NOT run, because ${gap}: ${title}`, () => undefined);
}
