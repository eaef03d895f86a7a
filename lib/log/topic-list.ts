/** The live topics in the order of their names. */
import type { ItemTable } from '../ports/item-table.ts';
import { firstSortKey, lastSortKey, topicFromItem, topicsPk } from './catalogue.ts';
import type { TopicCell } from './cells.ts';
import { queryAll } from './query-all.ts';

export interface NamedTopic extends TopicCell {
  readonly name: string;
}

export async function readAllTopics(cluster: ItemTable): Promise<readonly NamedTopic[]> {
  const topics: NamedTopic[] = [];
  for await (const item of queryAll(cluster, { pk: topicsPk, from: firstSortKey, to: lastSortKey })) {
    const topic = topicFromItem(item);
    if (!topic.deleted) topics.push({ ...topic, name: item.sk });
  }
  return topics;
}
