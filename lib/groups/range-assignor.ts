/**
 * Kafka's `range` assignor: of each topic every member that wants it has a stretch of neighbouring partitions, the first ones
 * one more where it does not come out even. The same members thus have the same numbers of all topics with as many partitions.
 */
import type { Assignor, Candidate, PartitionToAssign } from './assignor.ts';

export const rangeAssignor: Assignor = (members, partitions) => {
  const byTopic = Map.groupBy(partitions, ({ topic }) => topic);
  const sorted = members.toSorted((a, b) => (a.memberId < b.memberId ? -1 : 1));
  const stretches = new Map([...byTopic].map(([topic, some]) => [topic, stretchesOf(sorted, topic, some)]));
  return partitions.map(({ topic, partition }) => stretches.get(topic)?.[partition]);
};

/** The owner of each partition of a topic. */
function stretchesOf(
  members: readonly Candidate[],
  topic: string,
  { length }: readonly PartitionToAssign[],
): readonly string[] {
  const wanting = members.filter(({ topics }) => topics.has(topic));
  const [least, more] = [Math.floor(length / wanting.length), length % wanting.length];
  return wanting.flatMap(({ memberId }, index) =>
    Array.from({ length: least + (index < more ? 1 : 0) }, () => memberId),
  );
}
