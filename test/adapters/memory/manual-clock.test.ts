import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../lib/adapters/memory/manual-clock.ts';

describe('ManualClock', () => {
  it('stands still until it is told to move', async () => {
    const clock = new ManualClock(1_000);
    await clock.advance(500);
    expect([clock.now(), clock.monotonic()]).toEqual([1_500, 500]);
  });

  it('wakes sleepers in the order in which they are due, each at its time', async () => {
    const clock = new ManualClock(0);
    const woken: string[] = [];
    const sleep = async (name: string, ms: number) => {
      await clock.sleep(ms);
      woken.push(`${name} at ${clock.now()}`);
    };
    const all = [sleep('late', 30), sleep('early', 10), sleep('also early', 10), sleep('never', 1_000)];
    await clock.advance(40);
    expect(woken).toEqual(['early at 10', 'also early at 10', 'late at 30']);
    expect(clock.now()).toBe(40);
    await clock.advance(960);
    await Promise.all(all);
  });

  it('lets a sleeper sleep again within the time that passes', async () => {
    const clock = new ManualClock();
    let ticks = 0;
    const ticking = (async () => {
      for (; ticks < 5; ticks++) await clock.sleep(10);
    })();
    await clock.advance(35);
    expect(ticks).toBe(3);
    await clock.advance(15);
    await ticking;
  });

  it('goes on to whoever is due next', async () => {
    const clock = new ManualClock(0);
    const sleeping = clock.sleep(7_000);
    expect(await clock.advanceToNext()).toBe(true);
    await sleeping;
    expect(clock.now()).toBe(7_000);
    expect(await clock.advanceToNext()).toBe(false);
  });

  it('lets wall time jump either way, which wakes nobody and leaves monotonic time alone', async () => {
    const clock = new ManualClock(10_000);
    let woken = false;
    void clock.sleep(100).then(() => {
      woken = true;
    });
    clock.jump(1_000);
    clock.jump(-5_000);
    await clock.advance(99);
    expect([clock.now(), clock.monotonic(), woken]).toEqual([6_099, 99, false]);
  });
});
