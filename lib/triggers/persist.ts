/** Calls of a store that are tried again where it fails for now. */
import type { LogServices } from '../log/log-services.ts';
import { isTriedAgain } from '../log/tried-again.ts';

/** What is noted as due outlives a store that fails for longer. */
const TRIES = 6;
const BACKOFF_MS = 100;

/** @param call one that may be made twice */
export async function persist<T>(
  { clock, random }: Pick<LogServices, 'clock' | 'random'>,
  call: () => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await call();
    } catch (error) {
      if (!isTriedAgain(error) || tries === TRIES) throw error;
    }
    await clock.sleep(random.float() * BACKOFF_MS * 2 ** tries);
  }
}
