/** A `fetch` that loses some answers after the server has done its work; which ones, the seed says. */

export interface LossOptions {
  readonly seed: number;
  /** Of the answers that are lost, from 0 to 1. */
  readonly share: number;
}

export function losingAnswers(fetch: typeof globalThis.fetch, { seed, share }: LossOptions) {
  let state = seed;
  let lost = 0;
  /** Numerical Recipes' generator: poor, and the same everywhere. */
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const losing: typeof globalThis.fetch = async (input, init) => {
    const response = await fetch(input, init);
    if (random() >= share) return response;
    lost++;
    await response.body?.cancel();
    throw new TypeError('fetch failed', { cause: new Error('socket hang up') });
  };
  return { fetch: losing, lost: () => lost };
}
