import { describe, expect, it } from 'vitest';
import { SystemClock } from '../../../lib/adapters/system/system-clock.ts';
import { SystemRandom } from '../../../lib/adapters/system/system-random.ts';

describe('SystemClock', () => {
  it('tells the time', () => {
    expect(Math.abs(new SystemClock().now() - Date.now())).toBeLessThan(1_000);
  });

  it.each([0, 1, 2.5, 10])('sleeps for at least %d ms, and not much longer', async ms => {
    const clock = new SystemClock();
    const begun = clock.monotonic();
    await clock.sleep(ms);
    const slept = clock.monotonic() - begun;
    expect(slept).toBeGreaterThanOrEqual(ms);
    expect(slept).toBeLessThan(ms + 500);
  });

  it('does not wake at once from a sleep that is longer than a timer can be', async () => {
    const long = new SystemClock().sleep(2 ** 31).then(() => 'woke');
    expect(await Promise.race([long, new SystemClock().sleep(20).then(() => 'asleep')])).toBe('asleep');
  });
});

describe('SystemRandom', () => {
  it('makes ids of 22 URL-safe characters that do not repeat', () => {
    const random = new SystemRandom();
    const ids = Array.from({ length: 1_000 }, () => random.id());
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{22}$/);
  });

  it('draws from [0, 1)', () => {
    const random = new SystemRandom();
    for (let n = 0; n < 1_000; n++) expect(Math.floor(random.float())).toBe(0);
  });
});
