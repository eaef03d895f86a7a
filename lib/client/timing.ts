/** Time, waiting and chance: what the client takes from the machine it runs on, in one place, so that tests pass their own. */
import { setTimeout } from 'node:timers/promises';

export interface ClientTiming {
  /** Resolves after `ms` milliseconds; rejects with the signal's reason where that comes first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;

  /** Milliseconds since some moment; it never goes back. */
  now(): number;

  /** A number in [0, 1). */
  random(): number;
}

export const systemTiming: ClientTiming = {
  async sleep(ms, signal) {
    await setTimeout(ms, undefined, { signal });
  },
  now: () => performance.now(),
  random: () => Math.random(),
};

/** 128 bits by chance, in the form of a UUID. */
export function randomId(timing: ClientTiming): string {
  const bytes = Array.from({ length: 16 }, () => Math.floor(timing.random() * 256));
  const hex = bytes.map(byte => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
