/**
 * Virtual time: a queue of what is to happen, run one by one, each until all that it set off waits again.
 *
 * The code under test has no timers and no I/O of its own, so once the microtasks have drained everything waits for the
 * queue, and a run is a function of its seed alone.
 */
import { setImmediate } from 'node:timers/promises';

interface Planned {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** A run that takes more steps than these hangs. */
const STEPS = 200_000;

export class Schedule {
  readonly #heap: Planned[] = [];
  #now = 0;
  #order = 0;

  /** Milliseconds since the run began: the true time, which no worker knows. */
  get now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): void {
    this.#push({ at: this.#now + Math.max(0, ms), order: this.#order++, run });
  }

  sleep(ms: number): Promise<void> {
    return new Promise(resolve => this.after(ms, resolve));
  }

  /** Runs until the work is done. */
  async run(work: Promise<unknown>): Promise<void> {
    let isDone = false;
    const done = () => {
      isDone = true;
    };
    work.then(done, done);
    await setImmediate();
    for (let steps = 0; !isDone; steps++) {
      if (steps > STEPS) throw new Error(`the run is not over after ${STEPS} steps`);
      const next = this.#pop();
      if (!next) throw new Error('nothing is left to happen, and the work is not done');
      this.#now = Math.max(this.#now, next.at);
      next.run();
      await setImmediate();
    }
    await work;
  }

  #push(planned: Planned): void {
    const heap = this.#heap;
    let index = heap.push(planned) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(heap[index], heap[parent])) return;
      this.#swap(index, parent);
      index = parent;
    }
  }

  #pop(): Planned | undefined {
    const heap = this.#heap;
    if (heap.length <= 1) return heap.pop();
    this.#swap(0, heap.length - 1);
    const first = heap.pop();
    for (let index = 0; ; ) {
      const [left, right] = [2 * index + 1, 2 * index + 2];
      let least = index;
      if (isBefore(heap[left], heap[least])) least = left;
      if (isBefore(heap[right], heap[least])) least = right;
      if (least === index) return first;
      this.#swap(index, least);
      index = least;
    }
  }

  #swap(a: number, b: number): void {
    const [one, two] = [this.#heap[a], this.#heap[b]];
    if (!one || !two) return;
    this.#heap[a] = two;
    this.#heap[b] = one;
  }
}

const isBefore = (a: Planned | undefined, b: Planned | undefined): boolean =>
  a !== undefined && b !== undefined && (a.at < b.at || (a.at === b.at && a.order < b.order));
