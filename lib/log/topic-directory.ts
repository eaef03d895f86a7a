/**
 * From topic names to topics, as beliefs.
 *
 * A name may be believed for 10 s, and an answer that rests on it given within 12 s. A deleted name can be used again 15 s
 * after its deletion, so nobody acknowledges a record into a dead topic, nor reads one, once the name has a new one. The
 * rest, 3 s, is how far the clocks of workers may differ.
 */
import type { Clock } from '../ports/clock.ts';
import type { ItemTable } from '../ports/item-table.ts';
import { MillraceError } from '../protocol/errors.ts';
import { limits } from '../protocol/limits.ts';
import { isTopicName } from '../protocol/topic-name.ts';
import { ageMs, type Moment, momentNow } from './belief.ts';
import { topicFromItem, topicKey } from './catalogue.ts';
import type { TopicCell } from './cells.ts';
import type { TopicPartition } from './topic-partition.ts';

const NAME_USE_MS = 10_000;

/** An answer that rests on a name may be given for so long. */
const NAME_ANSWER_MS = 12_000;

/** A deleted name stays taken for so long. */
export const NAME_TAKEN_MS = 15_000;

/** Names that a process remembers. */
const REMEMBERED_TOPICS = 10_000;

/** A live topic as it was at some moment after `asOf`. */
export interface Topic extends TopicCell {
  readonly name: string;
  readonly asOf: Moment;
}

export class TopicDirectory {
  readonly #cluster: ItemTable;
  readonly #clock: Clock;
  readonly #topics = new Map<string, Topic>();

  constructor({ cluster, clock }: { readonly cluster: ItemTable; readonly clock: Clock }) {
    this.#cluster = cluster;
    this.#clock = clock;
  }

  /** The topic of that name as believed; UNKNOWN_TOPIC where there is none. */
  async resolve(name: string): Promise<Topic> {
    const believed = this.#topics.get(name);
    if (believed && ageMs(this.#clock, believed.asOf) <= NAME_USE_MS) return believed;
    return this.read(name);
  }

  /** The topic of that name as it is; UNKNOWN_TOPIC where there is none. */
  async read(name: string): Promise<Topic> {
    // no store need take for a key what is no name
    if (!isTopicName(name)) throw unknownTopic(name);
    const asOf = momentNow(this.#clock);
    const item = await this.#cluster.get(topicKey(name));
    const cell = item && topicFromItem(item);
    this.#topics.delete(name);
    if (!cell || cell.deleted) throw unknownTopic(name);
    const topic = { ...cell, name, asOf };
    this.#topics.set(name, topic);
    const [oldest] = this.#topics.keys();
    if (this.#topics.size > REMEMBERED_TOPICS && oldest !== undefined) this.#topics.delete(oldest);
    return topic;
  }

  /** The topic as believed, or read anew before a partition is refused that may have been added since. */
  async resolveWith(name: string, partition: number): Promise<Topic> {
    const believed = await this.resolve(name);
    const topic = partition < believed.partitions ? believed : await this.read(name);
    if (!(partition >= 0 && partition < topic.partitions)) throw unknownPartition(topic, partition);
    return topic;
  }

  /** Runs what rests on a topic's partition, and answers with it, or its error, only if the name still means the topic. */
  async withPartition<T>(name: string, partition: number, use: (at: TopicPartition) => Promise<T>): Promise<T> {
    const topic = await this.resolveWith(name, partition);
    const [ended] = await Promise.allSettled([use({ topicId: topic.topicId, partition })]);
    if (!(await this.mayAnswer(topic))) throw unknownTopic(name);
    if (ended.status === 'rejected') throw ended.reason;
    return ended.value;
  }

  /** Whether an answer that rests on the topic may be given without another look at its name. */
  isYoung(topic: Topic): boolean {
    return ageMs(this.#clock, topic.asOf) <= NAME_ANSWER_MS;
  }

  /** Whether an answer that rests on the topic may be given: its name still means it, or did a moment ago. */
  async mayAnswer(topic: Topic): Promise<boolean> {
    if (this.isYoung(topic)) return true;
    try {
      return (await this.read(topic.name)).topicId === topic.topicId;
    } catch (error) {
      if (error instanceof MillraceError && error.code === 'UNKNOWN_TOPIC') return false;
      throw error;
    }
  }

  /** Makes the next look-up read: this process changed the topic itself. */
  forget(name: string): void {
    this.#topics.delete(name);
  }
}

export const unknownTopic = (name: string) =>
  new MillraceError('UNKNOWN_TOPIC', `this server does not host the topic '${name.slice(0, limits.topicNameLength)}'`);

export const unknownPartition = ({ name, partitions }: Pick<Topic, 'name' | 'partitions'>, partition: number) =>
  new MillraceError(
    'UNKNOWN_PARTITION',
    `topic '${name}' has ${partitions} partitions, there is no partition ${partition}`,
  );
