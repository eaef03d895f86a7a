/** The live topics by their ids; they are stored by their names. */
import { firstSortKey, lastSortKey, topicFromItem, topicsPk } from '../log/catalogue.ts';
import type { ItemTable } from '../ports/item-table.ts';
import type { TopicConfigOverrides } from '../protocol/topic-config.ts';

export interface ConfiguredTopic {
  readonly name: string;
  readonly partitions: number;
  readonly config: TopicConfigOverrides;
}

export async function readTopicConfigs(cluster: ItemTable): Promise<ReadonlyMap<string, ConfiguredTopic>> {
  const topics = new Map<string, ConfiguredTopic>();
  for (let from = firstSortKey; ; ) {
    const { items, more } = await cluster.query({ pk: topicsPk, from, to: lastSortKey });
    for (const item of items) {
      const { topicId, partitions, config, deleted } = topicFromItem(item);
      if (!deleted) topics.set(topicId, { name: item.sk, partitions, config });
    }
    const last = items.at(-1);
    if (!more || !last) return topics;
    from = `${last.sk}\0`;
  }
}
