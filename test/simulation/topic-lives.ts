/**
 * The topics of a run and their lives: a topic that is deleted and created again is another. Clients only know its name, so what
 * they are told may belong to either life while it changes.
 */
import type { SeededRandom } from '../../lib/adapters/memory/seeded-random.ts';

export interface Place {
  readonly topic: string;
  readonly partition: number;
}

/** `gone` from when the deletion is certain to when the creation is. */
type Phase = 'live' | 'deleting' | 'gone';

export interface Life {
  readonly phase: Phase;
  /** Counts from 1; of the next life where the topic is gone. */
  readonly number: number;
}

export class TopicLives {
  readonly #partitions: Readonly<Record<string, number>>;
  readonly #lives = new Map<string, Life>();

  constructor(partitions: Readonly<Record<string, number>>) {
    this.#partitions = partitions;
    for (const topic of Object.keys(partitions)) this.#lives.set(topic, { phase: 'live', number: 1 });
  }

  get places(): readonly Place[] {
    return Object.entries(this.#partitions).flatMap(([topic, partitions]) =>
      Array.from({ length: partitions }, (_, partition) => ({ topic, partition })),
    );
  }

  draw(random: SeededRandom): Place {
    return this.places[random.below(this.places.length)] as Place;
  }

  partitionsOf(topic: string): number {
    return this.#partitions[topic] ?? 0;
  }

  lifeOf({ topic }: Place): Life {
    return this.#lives.get(topic) as Life;
  }

  enter(topic: string, phase: Phase): void {
    const { number } = this.lifeOf({ topic, partition: 0 });
    this.#lives.set(topic, { phase, number: phase === 'gone' ? number + 1 : number });
  }

  /** Names the log of the life that the topic is in, or will be in next. */
  logOf(place: Place): string {
    return logName(place, this.lifeOf(place).number);
  }
}

/**
 * The logs that an operation may have concerned, which began in one life of the topic and ended in this or another. It certainly
 * concerned the one it names where there is but one and the topic lived at its end.
 */
export function logsConcerned(place: Place, began: Life, ended: Life): readonly string[] {
  const from = began.number;
  const numbers = Array.from({ length: ended.number - from + 1 }, (_, index) => from + index);
  return numbers.map(number => logName(place, number));
}

/** Whether what was told at the end of an operation is of one log for certain. */
export const isCertain = (began: Life, ended: Life): boolean => began.number === ended.number && ended.phase === 'live';

const logName = ({ topic, partition }: Place, number: number) => `${topic}#${number}/${partition}`;
