/** Which offsets reads have passed over without a value, each told once: reads that pass a long stretch are many. */
import type { FetchOperation, Ok } from './history.ts';

export class PassedOffsets {
  /** Of each offset the first that may not be passed yet, itself or above. */
  readonly #next: Uint32Array;
  readonly #end: number;

  /** @param end no offset from here on is looked at */
  constructor(end: number) {
    this.#end = end;
    this.#next = Uint32Array.from({ length: end + 1 }, (_, offset) => offset);
  }

  /** The offsets that no read before has passed over. */
  takeFrom({ offset: asked, answer }: Ok<FetchOperation>): readonly number[] {
    const { records, nextOffset } = answer.result;
    const taken: number[] = [];
    let from = asked;
    for (const { offset } of records) {
      this.#take(taken, from, offset);
      from = offset + 1;
    }
    this.#take(taken, from, nextOffset);
    return taken;
  }

  #take(taken: number[], from: number, to: number): void {
    const end = Math.min(to, this.#end);
    for (let offset = this.#nextOf(Math.min(from, this.#end)); offset < end; offset = this.#nextOf(offset)) {
      taken.push(offset);
      this.#next[offset] = offset + 1;
    }
  }

  #nextOf(offset: number): number {
    let next = offset;
    while (this.#next[next] !== next) {
      const further = this.#next[next] as number;
      // halves the way for whoever comes next
      this.#next[next] = this.#next[further] as number;
      next = further;
    }
    return next;
  }
}
