/** Listing the live topics in the order of their names. */
import { firstSortKey, lastSortKey, topicFromItem, topicsPk } from '../log/catalogue.ts';
import type { TopicCell } from '../log/cells.ts';
import type { LogServices } from '../log/log-services.ts';

export interface NamedTopic extends TopicCell {
  readonly name: string;
}

export async function listTopics({ cluster }: LogServices): Promise<readonly NamedTopic[]> {
  const topics: NamedTopic[] = [];
  let from = firstSortKey;
  while (true) {
    const page = await cluster.query({ pk: topicsPk, from, to: lastSortKey });
    topics.push(...page.items.map(item => ({ ...topicFromItem(item), name: item.sk })));
    const last = page.items.at(-1);
    if (!page.more || !last) return topics.filter(topic => !topic.deleted);
    from = `${last.sk}\0`;
  }
}
