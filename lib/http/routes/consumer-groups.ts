/** Consumer groups on v3: what there are, who is in them, and who has what. */
import * as z from 'zod';
import { deleteGroup } from '../../groups/delete-group.ts';
import { type DescribedGroup, type DescribedMember, describeGroup, listGroups } from '../../groups/describe-group.ts';
import { v3Consumer, v3Group } from '../consumer-params.ts';
import { HttpError } from '../http-error.ts';
import { crn, type Links } from '../links.ts';
import { mediaType } from '../media-type.ts';
import { cluster, partitionId, topicName } from '../params.ts';
import { json, noContent } from '../reply.ts';
import { list, listOf, related, resource } from '../resources.ts';
import { type Call, route } from '../route.ts';

const groupPath = '/v3/clusters/{cluster_id}/consumer-groups/{consumer_group_id}';

const groupData = resource('KafkaConsumerGroup').extend({
  cluster_id: z.string(),
  consumer_group_id: z.string(),
  is_simple: z.boolean().meta({ description: 'Whether it has never had members.' }),
  partition_assignor: z.string(),
  state: z.enum(['EMPTY', 'RECONCILING', 'STABLE']),
  group_epoch: z.int().meta({ description: 'Grows with every change of the assignment.' }),
  coordinator: related,
  consumers: related,
  lag_summary: related,
});

const consumerData = resource('KafkaConsumer').extend({
  cluster_id: z.string(),
  consumer_group_id: z.string(),
  consumer_id: z.string(),
  instance_id: z.string().nullable(),
  client_id: z.string(),
  assignments: related,
});

const assignmentData = resource('KafkaConsumerAssignment').extend({
  cluster_id: z.string(),
  consumer_group_id: z.string(),
  consumer_id: z.string(),
  topic_name: z.string(),
  partition_id: z.int(),
  partition: related,
  lag: related,
});

type GroupCall = Call<z.output<typeof v3Group>, unknown, unknown>;
type ConsumerCall = Call<z.output<typeof v3Consumer>, unknown, unknown>;

/** Where the parts of a cluster are. */
const pathsOf = (cluster_id: string) => ['v3', 'clusters', cluster_id] as const;

interface At {
  readonly cluster_id: string;
  readonly links: Links;
}

function describe({ cluster_id, links }: At, group: DescribedGroup): z.infer<typeof groupData> {
  const path = [...pathsOf(cluster_id), 'consumer-groups', group.groupId];
  return {
    kind: 'KafkaConsumerGroup',
    metadata: { self: links.to(...path), resource_name: crn({ kafka: cluster_id, 'consumer-group': group.groupId }) },
    cluster_id,
    consumer_group_id: group.groupId,
    is_simple: group.isSimple,
    partition_assignor: group.assignor,
    state: group.state,
    group_epoch: group.epoch,
    // any worker does its work
    coordinator: { related: links.to(...pathsOf(cluster_id), 'brokers') },
    consumers: { related: links.to(...path, 'consumers') },
    lag_summary: { related: links.to(...path, 'lag-summary') },
  };
}

function describeConsumer(call: GroupCall, member: DescribedMember): z.infer<typeof consumerData> {
  const { cluster_id, consumer_group_id } = call.params;
  const path = [...pathsOf(cluster_id), 'consumer-groups', consumer_group_id, 'consumers', member.memberId];
  const resource_name = crn({ kafka: cluster_id, 'consumer-group': consumer_group_id, consumer: member.memberId });
  return {
    kind: 'KafkaConsumer',
    metadata: { self: call.links.to(...path), resource_name },
    cluster_id,
    consumer_group_id,
    consumer_id: member.memberId,
    instance_id: member.instanceId ?? null,
    client_id: member.clientId,
    assignments: { related: call.links.to(...path, 'assignments') },
  };
}

type Assigned = DescribedMember['partitions'][number];

function describeAssignment(call: ConsumerCall, { topic, partition }: Assigned): z.infer<typeof assignmentData> {
  const { cluster_id, consumer_group_id, consumer_id } = call.params;
  const { links } = call;
  const group = [...pathsOf(cluster_id), 'consumer-groups', consumer_group_id];
  const place = [topic, 'partitions', partition];
  const resource_name = crn({
    kafka: cluster_id,
    'consumer-group': consumer_group_id,
    consumer: consumer_id,
    assignment: `${topic}-${partition}`,
  });
  return {
    kind: 'KafkaConsumerAssignment',
    metadata: { self: links.to(...group, 'consumers', consumer_id, 'assignments', ...place), resource_name },
    cluster_id,
    consumer_group_id,
    consumer_id,
    topic_name: topic,
    partition_id: partition,
    partition: { related: links.to(...pathsOf(cluster_id), 'topics', ...place) },
    lag: { related: links.to(...group, 'lags', ...place) },
  };
}

async function findConsumer({ services, params }: ConsumerCall): Promise<DescribedMember> {
  const { consumer_group_id, consumer_id } = params;
  const { members } = await describeGroup(services, consumer_group_id);
  const found = members.find(({ memberId }) => memberId === consumer_id);
  if (found) return found;
  throw new HttpError(404, `group '${consumer_group_id}' has no consumer '${consumer_id}'`);
}

export const consumerGroupRoutes = [
  route({
    method: 'GET',
    path: '/v3/clusters/{cluster_id}/consumer-groups',
    servedBy: 'groups',
    summary: 'List consumer groups',
    params: cluster,
    answer: {
      status: 200,
      description: 'All groups, in the order of their ids.',
      content: { [mediaType.json]: listOf('KafkaConsumerGroupList', groupData) },
    },
    async answers({ services, params: { cluster_id }, links }) {
      const groups = await listGroups(services);
      const data = groups.map(group => describe({ cluster_id, links }, group));
      return json(list('KafkaConsumerGroupList', links.to(...pathsOf(cluster_id), 'consumer-groups'), data));
    },
  }),
  route({
    method: 'GET',
    path: groupPath,
    servedBy: 'groups',
    summary: 'Describe a consumer group',
    params: v3Group,
    answer: { status: 200, description: 'The group.', content: { [mediaType.json]: groupData } },
    async answers({ services, params: { cluster_id, consumer_group_id }, links }) {
      return json(describe({ cluster_id, links }, await describeGroup(services, consumer_group_id)));
    },
  }),
  route({
    method: 'DELETE',
    path: groupPath,
    servedBy: 'groups',
    summary: 'Delete a consumer group that has no members, and what it has committed',
    params: v3Group,
    answer: { status: 204, description: 'A group of the same id is another one.' },
    async answers({ services, params }) {
      await deleteGroup(services, params.consumer_group_id);
      return noContent;
    },
  }),
  route({
    method: 'GET',
    path: `${groupPath}/consumers`,
    servedBy: 'groups',
    summary: 'List the members of a consumer group',
    params: v3Group,
    answer: {
      status: 200,
      description: 'Those that the assignment knows, in the order of their ids.',
      content: { [mediaType.json]: listOf('KafkaConsumerList', consumerData) },
    },
    async answers(call) {
      const { cluster_id, consumer_group_id } = call.params;
      const { members } = await describeGroup(call.services, consumer_group_id);
      const self = call.links.to(...pathsOf(cluster_id), 'consumer-groups', consumer_group_id, 'consumers');
      const data = members.map(member => describeConsumer(call, member));
      return json(list('KafkaConsumerList', self, data));
    },
  }),
  route({
    method: 'GET',
    path: `${groupPath}/consumers/{consumer_id}`,
    servedBy: 'groups',
    summary: 'Describe a member of a consumer group',
    params: v3Consumer,
    answer: { status: 200, description: 'The member.', content: { [mediaType.json]: consumerData } },
    answers: async call => json(describeConsumer(call, await findConsumer(call))),
  }),
  route({
    method: 'GET',
    path: `${groupPath}/consumers/{consumer_id}/assignments`,
    servedBy: 'groups',
    summary: 'List the partitions of a member',
    params: v3Consumer,
    answer: {
      status: 200,
      description: 'What the assignment gives it.',
      content: { [mediaType.json]: listOf('KafkaConsumerAssignmentList', assignmentData) },
    },
    async answers(call) {
      const { cluster_id, consumer_group_id, consumer_id } = call.params;
      const { partitions } = await findConsumer(call);
      const path = [...pathsOf(cluster_id), 'consumer-groups', consumer_group_id, 'consumers', consumer_id];
      const data = partitions.map(each => describeAssignment(call, each));
      return json(list('KafkaConsumerAssignmentList', call.links.to(...path, 'assignments'), data));
    },
  }),
  route({
    method: 'GET',
    path: `${groupPath}/consumers/{consumer_id}/assignments/{topic_name}/partitions/{partition_id}`,
    servedBy: 'groups',
    summary: 'One partition of a member',
    params: v3Consumer.extend({ topic_name: topicName, partition_id: partitionId }),
    answer: { status: 200, description: 'The partition.', content: { [mediaType.json]: assignmentData } },
    async answers(call) {
      const { consumer_id, topic_name, partition_id } = call.params;
      const { partitions } = await findConsumer(call);
      const found = partitions.find(each => each.topic === topic_name && each.partition === partition_id);
      if (!found)
        throw new HttpError(404, `${topic_name}-${partition_id} is not assigned to consumer '${consumer_id}'`);
      return json(describeAssignment(call, found));
    },
  }),
];
