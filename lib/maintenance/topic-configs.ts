/** The live topics by their ids; they are stored by their names. */
import { type NamedTopic, readAllTopics } from '../log/topic-list.ts';
import type { ItemTable } from '../ports/item-table.ts';

export async function readTopicConfigs(cluster: ItemTable): Promise<ReadonlyMap<string, NamedTopic>> {
  return new Map((await readAllTopics(cluster)).map(topic => [topic.topicId, topic]));
}
