/** Ends what is waited for when a server stops. */

export class StopSignal {
  readonly #waiting = new Set<() => void>();
  #isStopped = false;

  get isStopped(): boolean {
    return this.#isStopped;
  }

  stop(): void {
    this.#isStopped = true;
    for (const end of this.#waiting) end();
  }

  /** What the work comes to, or `otherwise` once all is stopped. Nothing is left of a work that has ended. */
  race<T>(work: Promise<T>, otherwise: T): Promise<T> {
    if (this.#isStopped) {
      work.catch(() => undefined);
      return Promise.resolve(otherwise);
    }
    return new Promise((resolve, reject) => {
      const end = () => resolve(otherwise);
      this.#waiting.add(end);
      void work.then(resolve, reject).finally(() => this.#waiting.delete(end));
    });
  }
}
