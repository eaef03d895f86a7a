/** How much a consumer group has yet to read, on v3. */
import * as z from 'zod';
import { type Lag, readLags } from '../../groups/read-offsets.ts';
import { v3Group } from '../consumer-params.ts';
import { HttpError } from '../http-error.ts';
import { crn } from '../links.ts';
import { mediaType } from '../media-type.ts';
import { partitionId, topicName } from '../params.ts';
import { json } from '../reply.ts';
import { list, listOf, related, resource } from '../resources.ts';
import { type Call, route } from '../route.ts';

const groupPath = '/v3/clusters/{cluster_id}/consumer-groups/{consumer_group_id}';

const lagData = resource('KafkaConsumerLag').extend({
  cluster_id: z.string(),
  consumer_group_id: z.string(),
  topic_name: z.string(),
  partition_id: z.int(),
  current_offset: z.int().meta({ description: 'The next offset that the group reads.' }),
  log_end_offset: z.int(),
  lag: z.int(),
  consumer_id: z.string().meta({ description: 'The member that has the partition; empty for none.' }),
  instance_id: z.string().nullable(),
  client_id: z.string(),
});

const summaryData = resource('KafkaConsumerGroupLagSummary').extend({
  cluster_id: z.string(),
  consumer_group_id: z.string(),
  max_lag_consumer_id: z.string(),
  max_lag_instance_id: z.string().nullable(),
  max_lag_client_id: z.string(),
  max_lag_topic_name: z.string(),
  max_lag_partition_id: z.int(),
  max_lag: z.int(),
  total_lag: z.int(),
  max_lag_consumer: related,
  max_lag_partition: related,
});

type GroupCall = Call<z.output<typeof v3Group>, unknown, unknown>;

const groupOf = ({ cluster_id, consumer_group_id }: z.output<typeof v3Group>) =>
  ['v3', 'clusters', cluster_id, 'consumer-groups', consumer_group_id] as const;

function describe({ params, links }: GroupCall, lag: Lag): z.infer<typeof lagData> {
  const { cluster_id, consumer_group_id } = params;
  const { topic, partition, currentOffset, logEndOffset, member } = lag;
  const self = links.to(...groupOf(params), 'lags', topic, 'partitions', partition);
  const resource_name = crn({ kafka: cluster_id, 'consumer-group': consumer_group_id, lag: `${topic}-${partition}` });
  return {
    kind: 'KafkaConsumerLag',
    metadata: { self, resource_name },
    cluster_id,
    consumer_group_id,
    topic_name: topic,
    partition_id: partition,
    current_offset: currentOffset,
    log_end_offset: logEndOffset,
    lag: lag.lag,
    consumer_id: member?.memberId ?? '',
    instance_id: member?.instanceId ?? null,
    client_id: member?.clientId ?? '',
  };
}

function summarize({ params, links }: GroupCall, lags: readonly Lag[]): z.infer<typeof summaryData> {
  const { cluster_id, consumer_group_id } = params;
  const [first, ...others] = lags;
  if (!first) throw new HttpError(404, `group '${consumer_group_id}' has no partitions`);
  const most = others.reduce((max, each) => (each.lag > max.lag ? each : max), first);
  const { topic, partition, member } = most;
  const resource_name = crn({ kafka: cluster_id, 'consumer-group': consumer_group_id, 'lag-summary': '' });
  return {
    kind: 'KafkaConsumerGroupLagSummary',
    metadata: { self: links.to(...groupOf(params), 'lag-summary'), resource_name },
    cluster_id,
    consumer_group_id,
    max_lag_consumer_id: member?.memberId ?? '',
    max_lag_instance_id: member?.instanceId ?? null,
    max_lag_client_id: member?.clientId ?? '',
    max_lag_topic_name: topic,
    max_lag_partition_id: partition,
    max_lag: most.lag,
    total_lag: lags.reduce((sum, { lag }) => sum + lag, 0),
    max_lag_consumer: { related: links.to(...groupOf(params), 'consumers', ...(member ? [member.memberId] : [])) },
    max_lag_partition: { related: links.to('v3', 'clusters', cluster_id, 'topics', topic, 'partitions', partition) },
  };
}

export const consumerLagRoutes = [
  route({
    method: 'GET',
    path: `${groupPath}/lags`,
    servedBy: 'groups',
    summary: 'List the lag of a consumer group by partition',
    params: v3Group,
    answer: {
      status: 200,
      description: 'Of every partition that the group has an offset of, or a member.',
      content: { [mediaType.json]: listOf('KafkaConsumerLagList', lagData) },
    },
    async answers(call) {
      const lags = await readLags(call.services, call.params.consumer_group_id);
      const data = lags.map(lag => describe(call, lag));
      return json(list('KafkaConsumerLagList', call.links.to(...groupOf(call.params), 'lags'), data));
    },
  }),
  route({
    method: 'GET',
    path: `${groupPath}/lags/{topic_name}/partitions/{partition_id}`,
    servedBy: 'groups',
    summary: 'The lag of a consumer group in one partition',
    params: v3Group.extend({ topic_name: topicName, partition_id: partitionId }),
    answer: { status: 200, description: 'The lag.', content: { [mediaType.json]: lagData } },
    async answers(call) {
      const { consumer_group_id, topic_name, partition_id } = call.params;
      const lags = await readLags(call.services, consumer_group_id);
      const found = lags.find(({ topic, partition }) => topic === topic_name && partition === partition_id);
      if (found) return json(describe(call, found));
      throw new HttpError(404, `group '${consumer_group_id}' has nothing of ${topic_name}-${partition_id}`);
    },
  }),
  route({
    method: 'GET',
    path: `${groupPath}/lag-summary`,
    servedBy: 'groups',
    summary: 'The lag of a consumer group: in all, and where it is largest',
    params: v3Group,
    answer: { status: 200, description: 'The summary.', content: { [mediaType.json]: summaryData } },
    answers: async call => json(summarize(call, await readLags(call.services, call.params.consumer_group_id))),
  }),
];
