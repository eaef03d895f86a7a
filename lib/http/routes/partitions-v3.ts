/**
 * Partitions and their replicas on v3. Any worker serves any partition, so the one that answers is the leader and the only
 * replica.
 */
import * as z from 'zod';
import { HttpError } from '../http-error.ts';
import { crn } from '../links.ts';
import { mediaType } from '../media-type.ts';
import { decimal, v3Partition, v3Topic } from '../params.ts';
import { json } from '../reply.ts';
import { list, listOf, related, resource } from '../resources.ts';
import { type Call, route } from '../route.ts';

const partitionFields = { cluster_id: z.string(), topic_name: z.string(), partition_id: z.int() };

const partitionData = resource('KafkaPartition').extend({
  ...partitionFields,
  leader: related,
  replicas: related,
  reassignment: related,
});

const replicaData = resource('KafkaReplica').extend({
  ...partitionFields,
  broker_id: z.int(),
  is_leader: z.boolean(),
  is_in_sync: z.boolean(),
  broker: related,
});

const brokerId = decimal(0, 2_147_483_647, 'Id of the broker.');

type PartitionCall = Call<z.output<typeof v3Partition>, unknown, unknown>;
type TopicCall = Call<z.output<typeof v3Topic>, unknown, unknown>;

const pathOf = ({ cluster_id, topic_name }: TopicCall['params']) =>
  ['v3', 'clusters', cluster_id, 'topics', topic_name, 'partitions'] as const;

function describePartition({ services, params, links }: TopicCall, partition_id: number) {
  const { cluster_id, topic_name } = params;
  const path = [...pathOf(params), partition_id];
  return {
    kind: 'KafkaPartition',
    metadata: {
      self: links.to(...path),
      resource_name: crn({ kafka: cluster_id, topic: topic_name, partition: partition_id }),
    },
    cluster_id,
    topic_name,
    partition_id,
    leader: { related: links.to(...path, 'replicas', services.worker.brokerId) },
    replicas: { related: links.to(...path, 'replicas') },
    reassignment: { related: links.to(...path, 'reassignment') },
  };
}

function describeReplica({ services, params, links }: PartitionCall) {
  const { cluster_id, topic_name, partition_id } = params;
  const { brokerId: broker_id } = services.worker;
  return {
    kind: 'KafkaReplica',
    metadata: {
      self: links.to(...pathOf(params), partition_id, 'replicas', broker_id),
      resource_name: crn({ kafka: cluster_id, topic: topic_name, partition: partition_id, replica: broker_id }),
    },
    cluster_id,
    topic_name,
    partition_id,
    broker_id,
    is_leader: true,
    is_in_sync: true,
    broker: { related: links.to('v3', 'clusters', cluster_id, 'brokers', broker_id) },
  };
}

export const partitionV3Routes = [
  route({
    method: 'GET',
    path: '/v3/clusters/{cluster_id}/topics/{topic_name}/partitions',
    servedBy: 'topics',
    summary: "List a topic's partitions",
    params: v3Topic,
    answer: {
      status: 200,
      description: 'All partitions, in the order of their numbers.',
      content: { [mediaType.json]: listOf('KafkaPartitionList', partitionData) },
    },
    async answers(call) {
      const { partitions } = await call.services.topics.read(call.params.topic_name);
      const data = Array.from({ length: partitions }, (_, partition) => describePartition(call, partition));
      return json(list('KafkaPartitionList', call.links.to(...pathOf(call.params)), data));
    },
  }),
  route({
    method: 'GET',
    path: '/v3/clusters/{cluster_id}/topics/{topic_name}/partitions/{partition_id}',
    servedBy: 'topics',
    summary: 'Describe a partition',
    params: v3Partition,
    answer: { status: 200, description: 'The partition.', content: { [mediaType.json]: partitionData } },
    async answers(call) {
      const { topic_name, partition_id } = call.params;
      await call.services.topics.resolveWith(topic_name, partition_id);
      return json(describePartition(call, partition_id));
    },
  }),
  route({
    method: 'GET',
    path: '/v3/clusters/{cluster_id}/topics/{topic_name}/partitions/{partition_id}/replicas',
    servedBy: 'topics',
    summary: "List a partition's replicas",
    params: v3Partition,
    answer: {
      status: 200,
      description: 'The worker that answers.',
      content: { [mediaType.json]: listOf('KafkaReplicaList', replicaData) },
    },
    async answers(call) {
      const { topic_name, partition_id } = call.params;
      await call.services.topics.resolveWith(topic_name, partition_id);
      const self = call.links.to(...pathOf(call.params), partition_id, 'replicas');
      return json(list('KafkaReplicaList', self, [describeReplica(call)]));
    },
  }),
  route({
    method: 'GET',
    path: '/v3/clusters/{cluster_id}/topics/{topic_name}/partitions/{partition_id}/replicas/{broker_id}',
    servedBy: 'topics',
    summary: 'Describe a replica',
    params: v3Partition.extend({ broker_id: brokerId }),
    answer: { status: 200, description: 'The replica.', content: { [mediaType.json]: replicaData } },
    async answers(call) {
      const { topic_name, partition_id, broker_id } = call.params;
      await call.services.topics.resolveWith(topic_name, partition_id);
      if (broker_id === call.services.worker.brokerId) return json(describeReplica(call));
      throw new HttpError(404, `partition ${topic_name}-${partition_id} has no replica on broker ${broker_id}`);
    },
  }),
];
