/** The death of a worker at one of its port calls: before the call, or after it took effect. It never hears of anything again. */

export interface Death {
  /** Calls that go through before. */
  readonly call: number;
  /** Whether the last one takes effect. */
  readonly applied: boolean;
}

export class Kill {
  #left: number;
  readonly #applied: boolean;
  #isDead = false;
  #die: () => void = () => {};
  readonly happened: Promise<void>;

  constructor({ call, applied }: Death) {
    this.#left = call;
    this.#applied = applied;
    this.happened = new Promise(resolve => {
      this.#die = resolve;
    });
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** Stands before every port call of the worker. */
  readonly pass = async <T>(apply: () => Promise<T>): Promise<T> => {
    const never = new Promise<never>(() => undefined);
    if (this.#isDead) return never;
    if (this.#left-- > 0) return apply();
    this.#isDead = true;
    if (this.#applied) await apply();
    this.#die();
    return never;
  };
}
