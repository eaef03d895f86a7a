/**
 * The topics of a run and their lives: a topic that is deleted and created again is another, and what clients see while it
 * changes belongs to neither.
 */
import type { SeededRandom } from '../../lib/adapters/memory/seeded-random.ts';

interface Life {
  number: number;
  isSettled: boolean;
  readonly partitions: number;
}

export class TopicLives {
  readonly #lives = new Map<string, Life>();
  /** Log starts that were moved, by log. */
  readonly #starts = new Map<string, number>();

  add(topic: string, partitions: number): void {
    this.#lives.set(topic, { number: 1, isSettled: true, partitions });
  }

  get all(): readonly { readonly topic: string; readonly partition: number }[] {
    return [...this.#lives].flatMap(([topic, { partitions }]) =>
      Array.from({ length: partitions }, (_, partition) => ({ topic, partition })),
    );
  }

  draw(random: SeededRandom): { readonly topic: string; readonly partition: number } {
    const all = this.all;
    return all[random.below(all.length)] ?? { topic: '', partition: 0 };
  }

  /** Names the log of the life that the topic is in; `undefined` while it changes. */
  logOf(topic: string, partition: number): string | undefined {
    const life = this.#lives.get(topic);
    return life?.isSettled ? `${topic}#${life.number}/${partition}` : undefined;
  }

  beginChange(topic: string): void {
    const life = this.#lives.get(topic);
    if (!life) return;
    life.isSettled = false;
    life.number++;
  }

  endChange(topic: string): void {
    const life = this.#lives.get(topic);
    if (life) life.isSettled = true;
  }

  moveStart(log: string, offset: number): void {
    this.#starts.set(log, offset);
  }

  startOf(log: string): number {
    return this.#starts.get(log) ?? 0;
  }
}
