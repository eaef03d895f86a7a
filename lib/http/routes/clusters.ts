/** The one cluster, and its brokers: the workers seen lately. */
import * as z from 'zod';
import type { WorkerCell } from '../../log/cells.ts';
import { HttpError } from '../http-error.ts';
import { crn } from '../links.ts';
import { mediaType } from '../media-type.ts';
import { cluster, decimal } from '../params.ts';
import { json } from '../reply.ts';
import { list, listOf, related, resource } from '../resources.ts';
import { type Call, route } from '../route.ts';

const clusterData = resource('KafkaCluster').extend({
  cluster_id: z.string(),
  controller: related,
  acls: related,
  brokers: related,
  broker_configs: related,
  consumer_groups: related,
  topics: related,
  partition_reassignments: related,
});

const brokerData = resource('KafkaBroker').extend({
  cluster_id: z.string(),
  broker_id: z.int(),
  host: z.string(),
  port: z.int(),
  configs: related,
  partition_replicas: related,
});

function describeCluster({ services, links }: Call<unknown, unknown, unknown>, cluster_id: string) {
  const to = (...segments: readonly (string | number)[]) => ({
    related: links.to('v3', 'clusters', cluster_id, ...segments),
  });
  return {
    kind: 'KafkaCluster',
    metadata: { self: links.to('v3', 'clusters', cluster_id), resource_name: crn({ kafka: cluster_id }) },
    cluster_id,
    controller: to('brokers', services.worker.brokerId),
    acls: to('acls'),
    brokers: to('brokers'),
    broker_configs: to('broker-configs'),
    consumer_groups: to('consumer-groups'),
    topics: to('topics'),
    partition_reassignments: to('topics', '-', 'partitions', '-', 'reassignment'),
  };
}

type ClusterCall = Call<z.output<typeof cluster>, unknown, unknown>;

function describeBroker({ params: { cluster_id }, links }: ClusterCall, { brokerId, host, port }: WorkerCell) {
  const path = ['v3', 'clusters', cluster_id, 'brokers', brokerId] as const;
  return {
    kind: 'KafkaBroker',
    metadata: { self: links.to(...path), resource_name: crn({ kafka: cluster_id, broker: brokerId }) },
    cluster_id,
    broker_id: brokerId,
    host,
    port,
    configs: { related: links.to(...path, 'configs') },
    partition_replicas: { related: links.to(...path, 'partition-replicas') },
  };
}

export const clusterRoutes = [
  route({
    method: 'GET',
    path: '/v3/clusters',
    servedBy: 'topics',
    summary: 'List clusters',
    answer: {
      status: 200,
      description: 'This deployment.',
      content: { [mediaType.json]: listOf('KafkaClusterList', clusterData) },
    },
    async answers(call) {
      const data = [describeCluster(call, await call.services.clusterId.get())];
      return json(list('KafkaClusterList', call.links.to('v3', 'clusters'), data));
    },
  }),
  route({
    method: 'GET',
    path: '/v3/clusters/{cluster_id}',
    servedBy: 'topics',
    summary: 'Describe the cluster',
    params: cluster,
    answer: { status: 200, description: 'The cluster.', content: { [mediaType.json]: clusterData } },
    answers: call => json(describeCluster(call, call.params.cluster_id)),
  }),
  route({
    method: 'GET',
    path: '/v3/clusters/{cluster_id}/brokers',
    servedBy: 'topics',
    summary: 'List the workers seen lately',
    params: cluster,
    answer: {
      status: 200,
      description: 'The workers, the one that answers among them.',
      content: { [mediaType.json]: listOf('KafkaBrokerList', brokerData) },
    },
    async answers(call) {
      const workers = await call.services.worker.list();
      const self = call.links.to('v3', 'clusters', call.params.cluster_id, 'brokers');
      return json(
        list(
          'KafkaBrokerList',
          self,
          workers.map(worker => describeBroker(call, worker)),
        ),
      );
    },
  }),
  route({
    method: 'GET',
    path: '/v3/clusters/{cluster_id}/brokers/{broker_id}',
    servedBy: 'topics',
    summary: 'Describe a worker seen lately',
    params: cluster.extend({ broker_id: decimal(0, 2_147_483_647, 'Id of the broker.') }),
    answer: { status: 200, description: 'The worker.', content: { [mediaType.json]: brokerData } },
    async answers(call) {
      const { broker_id } = call.params;
      const worker = (await call.services.worker.list()).find(({ brokerId }) => brokerId === broker_id);
      if (worker) return json(describeBroker(call, worker));
      throw new HttpError(404, `there is no broker ${broker_id}`);
    },
  }),
];
