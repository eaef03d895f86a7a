/** Where a server's CPU time went, as lines of text. */
import type { ProfileRow } from '../profile/profile.bench.ts';
import { percent, whole } from './figures.ts';

/** Smaller parts are left out. */
export const LEAST_SHARE = 0.01;

export function profileLines({ task, format, recordsPerSecond, busyShare, parts }: ProfileRow): readonly string[] {
  const busy = `${percent(busyShare)} busy`;
  const head = `\nprofile of ${task}, ${format}, 16 clients, 1 KiB x 100: ${whole(recordsPerSecond)} records/s, ${busy}; of that:`;
  const lines = parts
    .filter(({ share }) => share >= LEAST_SHARE)
    .map(({ name, share, most }) => {
      const functions = most.map(each => `${each.name} ${percent(each.share)}`).join('; ');
      return `${name.padEnd(26)}${percent(share).padStart(7)}   ${functions}`;
    });
  return [head, ...lines];
}
