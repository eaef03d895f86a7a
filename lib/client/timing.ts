/** Waiting and chance: what the client takes from the machine it runs on, in one place, so that tests pass their own. */
import { setTimeout } from 'node:timers/promises';

export interface ClientTiming {
  /** Resolves after `ms` milliseconds; rejects with the signal's reason where that comes first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;

  /** A number in [0, 1). */
  random(): number;
}

export const systemTiming: ClientTiming = {
  async sleep(ms, signal) {
    await setTimeout(ms, undefined, { signal });
  },
  random: () => Math.random(),
};
