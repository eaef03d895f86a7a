/**
 * Which topic an id is that of. A topic keeps its name and its id for as long as it lives, and no other topic is ever given that id: what was
 * read once holds, so that a wake-up costs no list of all topics. Who is started for a topic that is gone finds it so.
 */
import { readAllTopics } from '../log/topic-list.ts';
import type { ItemTable } from '../ports/item-table.ts';

export class TopicNames {
  readonly #cluster: ItemTable;
  #names: ReadonlyMap<string, string> = new Map();

  constructor(cluster: ItemTable) {
    this.#cluster = cluster;
  }

  /** Names by ids; an id that is not among them is that of no topic. Costs a query where one was not met before. */
  async of(topicIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (topicIds.every(topicId => this.#names.has(topicId))) return this.#names;
    const topics = await readAllTopics(this.#cluster);
    this.#names = new Map(topics.map(({ topicId, name }) => [topicId, name]));
    return this.#names;
  }
}
