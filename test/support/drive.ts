import { setImmediate } from 'node:timers/promises';
import type { ManualClock } from '../../lib/adapters/memory/manual-clock.ts';

/** Lets a manual clock's time pass, sleeper by sleeper, until the work is done. */
export async function drive<T>(clock: ManualClock, work: Promise<T>): Promise<T> {
  let isSettled = false;
  const settle = () => {
    isSettled = true;
  };
  work.then(settle, settle);
  while (!isSettled) {
    await setImmediate();
    if (!isSettled) await clock.advanceToNext();
  }
  return work;
}
