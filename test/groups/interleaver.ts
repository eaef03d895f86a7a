/** Lets calls of several requests to one store go on in any order: each waits until it is picked. */
import { setImmediate } from 'node:timers/promises';
import type { Intercept } from '../../lib/adapters/memory/faults.ts';

export class Interleaver {
  readonly #waiting: (() => void)[] = [];

  readonly intercept: Intercept = async (_call, apply) => {
    await new Promise<void>(resolve => this.#waiting.push(resolve));
    return apply();
  };

  /** Lets one of those that wait go on, until it waits again; `false` where none waits. */
  async release(pick: number): Promise<boolean> {
    await setImmediate();
    const [next] = this.#waiting.splice(pick % Math.max(1, this.#waiting.length), 1);
    next?.();
    await setImmediate();
    return next !== undefined;
  }

  /** Lets all go on until none waits any more. */
  async releaseAll(picks: readonly number[]): Promise<void> {
    for (let index = 0; await this.release(picks[index % picks.length] ?? 0); index++);
  }
}
