/** Partitions and their replicas on v3. Any worker serves any partition; its leader is listed as the only replica. */
import * as z from 'zod';
import { type PartitionLeader, readLeaders, readPartitionLeader } from '../../topics/read-leaders.ts';
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
  leader_epoch: z.int().meta({ description: 'Grows with every change of the leader; 0 where nobody has led yet.' }),
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

function describePartition({ params, links }: TopicCall, leader: PartitionLeader) {
  const { cluster_id, topic_name } = params;
  const { partition: partition_id, brokerId, leaderEpoch: leader_epoch } = leader;
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
    leader: { related: links.to(...path, 'replicas', brokerId) },
    leader_epoch,
    replicas: { related: links.to(...path, 'replicas') },
    reassignment: { related: links.to(...path, 'reassignment') },
  };
}

function describeReplica({ params, links }: PartitionCall, broker_id: number) {
  const { cluster_id, topic_name, partition_id } = params;
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

const leaderAt = ({ services, params: { topic_name, partition_id } }: PartitionCall) =>
  readPartitionLeader(services, topic_name, partition_id);

/** Where nobody has led yet, each worker says that it is the leader itself. */
async function isLeader({ services }: PartitionCall, leader: PartitionLeader, id: number): Promise<boolean> {
  if (leader.leaderEpoch > 0) return leader.brokerId === id;
  return (await services.worker.list()).some(worker => worker.brokerId === id);
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
      const { services, params } = call;
      const leaders = await readLeaders(services, await services.topics.read(params.topic_name));
      const data = leaders.map(leader => describePartition(call, leader));
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
      return json(describePartition(call, await leaderAt(call)));
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
      description: 'The leader.',
      content: { [mediaType.json]: listOf('KafkaReplicaList', replicaData) },
    },
    async answers(call) {
      const { brokerId } = await leaderAt(call);
      const self = call.links.to(...pathOf(call.params), call.params.partition_id, 'replicas');
      return json(list('KafkaReplicaList', self, [describeReplica(call, brokerId)]));
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
      if (await isLeader(call, await leaderAt(call), broker_id)) return json(describeReplica(call, broker_id));
      throw new HttpError(404, `partition ${topic_name}-${partition_id} has no replica on broker ${broker_id}`);
    },
  }),
];
