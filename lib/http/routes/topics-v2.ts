/** Topics, partitions and brokers on v2. Any worker serves any partition; its leader is listed as the only replica. */
import * as z from 'zod';
import { readAllTopics } from '../../log/topic-list.ts';
import { configValue, topicConfigKeys } from '../../protocol/topic-config.ts';
import { type PartitionLeader, readLeaders, readPartitionLeader } from '../../topics/read-leaders.ts';
import { mediaType } from '../media-type.ts';
import { v2Partition, v2Topic } from '../params.ts';
import { json } from '../reply.ts';
import { type Answer, route } from '../route.ts';

const partitionData = z.object({
  partition: z.int(),
  leader: z.int(),
  leader_epoch: z.int().meta({ description: 'Grows with every change of the leader; 0 where nobody has led yet.' }),
  replicas: z.array(z.object({ broker: z.int(), leader: z.boolean(), in_sync: z.boolean() })),
});

const topicData = z.object({
  name: z.string(),
  configs: z.record(z.string(), z.string()),
  partitions: z.array(partitionData),
});

const answerOf = (schema: z.ZodType, description: string): Answer => ({
  status: 200,
  description,
  content: { [mediaType.v2]: schema, [mediaType.v2Default]: schema, [mediaType.json]: schema },
});

function describe({ partition, brokerId, leaderEpoch }: PartitionLeader): z.infer<typeof partitionData> {
  const replicas = [{ broker: brokerId, leader: true, in_sync: true }];
  return { partition, leader: brokerId, leader_epoch: leaderEpoch, replicas };
}

export const topicV2Routes = [
  route({
    method: 'GET',
    path: '/topics',
    servedBy: 'topics',
    summary: 'List the names of topics',
    answer: answerOf(z.array(z.string()), 'All names, in their order.'),
    async answers({ services }) {
      const topics = await readAllTopics(services.cluster);
      return json(topics.map(topic => topic.name));
    },
  }),
  route({
    method: 'GET',
    path: '/topics/{topic}',
    servedBy: 'topics',
    summary: 'Describe a topic',
    params: v2Topic,
    answer: answerOf(topicData, 'The topic, with every config, set or not.'),
    async answers({ services, params }) {
      const topic = await services.topics.read(params.topic);
      const configs = Object.fromEntries(topicConfigKeys.map(key => [key, configValue(topic.config, key)]));
      const leaders = await readLeaders(services, topic);
      return json({ name: topic.name, configs, partitions: leaders.map(describe) });
    },
  }),
  route({
    method: 'GET',
    path: '/topics/{topic}/partitions',
    servedBy: 'topics',
    summary: "List a topic's partitions",
    params: v2Topic,
    answer: answerOf(z.array(partitionData), 'All partitions, in the order of their numbers.'),
    async answers({ services, params }) {
      const leaders = await readLeaders(services, await services.topics.read(params.topic));
      return json(leaders.map(describe));
    },
  }),
  route({
    method: 'GET',
    path: '/topics/{topic}/partitions/{partition}',
    servedBy: 'topics',
    summary: 'Describe a partition',
    params: v2Partition,
    answer: answerOf(partitionData, 'The partition.'),
    async answers({ services, params: { topic, partition } }) {
      return json(describe(await readPartitionLeader(services, topic, partition)));
    },
  }),
  route({
    method: 'GET',
    path: '/brokers',
    servedBy: 'topics',
    summary: 'List the ids of the workers seen lately',
    answer: answerOf(z.object({ brokers: z.array(z.int()) }), 'Their ids.'),
    async answers({ services }) {
      const workers = await services.worker.list();
      return json({ brokers: workers.map(({ brokerId }) => brokerId) });
    },
  }),
];
