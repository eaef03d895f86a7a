/** The configs of the live topics by their ids; topics are stored by their names. */
import { firstSortKey, lastSortKey, topicFromItem, topicsPk } from '../log/catalogue.ts';
import type { ItemTable } from '../ports/item-table.ts';
import type { TopicConfigOverrides } from '../protocol/topic-config.ts';

export async function readTopicConfigs(cluster: ItemTable): Promise<ReadonlyMap<string, TopicConfigOverrides>> {
  const configs = new Map<string, TopicConfigOverrides>();
  for (let from = firstSortKey; ; ) {
    const { items, more } = await cluster.query({ pk: topicsPk, from, to: lastSortKey });
    for (const { topicId, config, deleted } of items.map(topicFromItem)) if (!deleted) configs.set(topicId, config);
    const last = items.at(-1);
    if (!more || !last) return configs;
    from = `${last.sk}\0`;
  }
}
