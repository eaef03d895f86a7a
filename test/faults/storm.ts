/** What befalls a run, and when: by the seed, one fault after the other, every kind in its turn, as long as records are produced. */
import { setTimeout as sleep } from 'node:timers/promises';
import { SeededRandom } from '../../lib/adapters/memory/seeded-random.ts';
import type { Fault } from './processed.ts';

export interface PlannedFault {
  readonly kind: string;
  readonly atMs: number;
  /** In [0, 1): which of those that it may befall. */
  readonly draw: number;
}

export interface StormOptions {
  readonly kinds: readonly string[];
  readonly firstMs: number;
  readonly everyMs: number;
  readonly forMs: number;
  readonly seed: number;
}

/** Every kind at least once, however short it is. */
export function planStorm({ kinds, firstMs, everyMs, forMs, seed }: StormOptions): readonly PlannedFault[] {
  const random = new SeededRandom(seed);
  const count = Math.max(kinds.length, Math.floor((forMs - firstMs) / everyMs));
  return Array.from({ length: count }, (_, index) => ({
    kind: kinds[index % kinds.length] as string,
    atMs: firstMs + (index + random.float() / 2) * everyMs,
    draw: random.float(),
  }));
}

/** Lets a fault happen, tells at once whom it befell, and resolves when they have recovered. */
export type Strike = (draw: number, tell: (who: string) => void) => Promise<void>;

/** Resolves when the last is over. @param say is told of each as it happens */
export async function rage(
  plan: readonly PlannedFault[],
  strikes: Readonly<Record<string, Strike>>,
  say: (fault: Pick<Fault, 'kind' | 'who'>) => void,
): Promise<readonly Fault[]> {
  const faults: Fault[] = [];
  await Promise.all(
    plan.map(async ({ kind, atMs, draw }) => {
      await sleep(atMs);
      let befell: Omit<Fault, 'until'> | undefined;
      await strikes[kind]?.(draw, who => {
        befell = { kind, who, at: performance.now() };
        say(befell);
      });
      if (befell) faults.push({ ...befell, until: performance.now() });
    }),
  );
  return faults;
}

export const chosen = <T>(all: readonly T[], draw: number): T | undefined => all[Math.floor(draw * all.length)];

/** SIGSTOP, and after a while SIGCONT. @param kill sends a signal */
export async function freeze(kill: (signal: NodeJS.Signals) => void, forMs: number): Promise<void> {
  kill('SIGSTOP');
  try {
    await sleep(forMs);
  } finally {
    kill('SIGCONT');
  }
}
