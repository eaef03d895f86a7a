import { randomBytes } from 'node:crypto';
import type { Random } from '../../ports/random.ts';

/** The machine's own randomness: jitter from the fast generator, ids from the one nobody can predict. */
export class SystemRandom implements Random {
  float(): number {
    return Math.random();
  }

  id(): string {
    return randomBytes(16).toString('base64url');
  }
}
