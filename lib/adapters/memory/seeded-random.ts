import type { Random } from '../../ports/random.ts';

/** The same numbers for the same seed: the generator sfc32, of PractRand. */
export class SeededRandom implements Random {
  #a = 0;
  #b = 0;
  #c: number;
  #counter = 1;

  constructor(seed: number) {
    this.#c = seed | 0;
    // so many rounds spread a small seed over the whole state
    for (let round = 0; round < 12; round++) this.#next();
  }

  float(): number {
    return this.#next() / 2 ** 32;
  }

  /** An integer from 0 to `bound` - 1. */
  below(bound: number): number {
    return Math.floor(this.float() * bound);
  }

  id(): string {
    const words = Uint32Array.of(this.#next(), this.#next(), this.#next(), this.#next());
    return Buffer.from(words.buffer).toString('base64url');
  }

  #next(): number {
    const sum = (this.#a + this.#b + this.#counter++) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }
}
