/** Topics on v3. */
import * as z from 'zod';
import { readAllTopics } from '../../log/topic-list.ts';
import { MillraceError } from '../../protocol/errors.ts';
import { addPartitions } from '../../topics/alter-topic.ts';
import { createTopic } from '../../topics/create-topic.ts';
import { deleteTopic } from '../../topics/delete-topic.ts';
import { jsonBody } from '../json-body.ts';
import { crn } from '../links.ts';
import { mediaType } from '../media-type.ts';
import { cluster, v3Topic } from '../params.ts';
import { optional } from '../record-schemas.ts';
import { json, noContent } from '../reply.ts';
import { list, listOf, related, resource } from '../resources.ts';
import { type Call, route } from '../route.ts';

const topicData = resource('KafkaTopic').extend({
  cluster_id: z.string(),
  topic_name: z.string(),
  is_internal: z.boolean(),
  replication_factor: z.int(),
  partitions_count: z.int(),
  partitions: related,
  configs: related,
  partition_reassignments: related,
  authorized_operations: z.array(z.string()),
});

const createRequest = z.strictObject({
  topic_name: z.string(),
  partitions_count: optional(z.int()),
  replication_factor: optional(z.int()),
  configs: optional(z.array(z.strictObject({ name: z.string(), value: z.string() }))),
  validate_only: optional(z.boolean()),
});

/** The configuration of a new topic; a key given twice has no meaning. */
function configMap(configs: readonly { readonly name: string; readonly value: string }[]): ReadonlyMap<string, string> {
  const map = new Map(configs.map(({ name, value }) => [name, value]));
  if (map.size === configs.length) return map;
  throw new MillraceError('INVALID_CONFIG', 'a topic config is given more than once');
}

const topicAnswer = {
  status: 200,
  description: 'The topic.',
  content: { [mediaType.json]: topicData },
};

type AnyCall = Pick<Call<{ readonly cluster_id: string }, unknown, unknown>, 'services' | 'params' | 'links'>;

/** A topic as the answer to a call. */
function describe({ services, params: { cluster_id }, links }: AnyCall, name: string, partitions: number) {
  const path = ['v3', 'clusters', cluster_id, 'topics', name] as const;
  return {
    kind: 'KafkaTopic',
    metadata: { self: links.to(...path), resource_name: crn({ kafka: cluster_id, topic: name }) },
    cluster_id,
    topic_name: name,
    is_internal: false,
    replication_factor: services.replicationFactor,
    partitions_count: partitions,
    partitions: { related: links.to(...path, 'partitions') },
    configs: { related: links.to(...path, 'configs') },
    partition_reassignments: { related: links.to(...path, 'partitions', '-', 'reassignment') },
    authorized_operations: [],
  };
}

export const topicV3Routes = [
  route({
    method: 'GET',
    path: '/v3/clusters/{cluster_id}/topics',
    servedBy: 'topics',
    summary: 'List topics',
    params: cluster,
    answer: {
      status: 200,
      description: 'All topics, in the order of their names.',
      content: { [mediaType.json]: listOf('KafkaTopicList', topicData) },
    },
    async answers(call) {
      const topics = await readAllTopics(call.services.cluster);
      const self = call.links.to('v3', 'clusters', call.params.cluster_id, 'topics');
      const data = topics.map(({ name, partitions }) => describe(call, name, partitions));
      return json(list('KafkaTopicList', self, data));
    },
  }),
  route({
    method: 'POST',
    path: '/v3/clusters/{cluster_id}/topics',
    servedBy: 'topics',
    summary: 'Create a topic',
    params: cluster,
    body: jsonBody(createRequest),
    answer: { ...topicAnswer, status: 201, description: 'The topic; 200 where `validate_only` was set.' },
    async answers(call) {
      const { topic_name: name, configs = [], validate_only: validateOnly = false } = call.body;
      const { partitions } = await createTopic(call.services, {
        name,
        partitions: call.body.partitions_count,
        replicationFactor: call.body.replication_factor,
        config: configMap(configs),
        validateOnly,
      });
      const topic = describe(call, name, partitions);
      if (validateOnly) return json(topic, { status: 200 });
      return json(topic, { headers: { Location: topic.metadata.self } });
    },
  }),
  route({
    method: 'GET',
    path: '/v3/clusters/{cluster_id}/topics/{topic_name}',
    servedBy: 'topics',
    summary: 'Describe a topic',
    params: v3Topic,
    answer: topicAnswer,
    async answers(call) {
      const { name, partitions } = await call.services.topics.read(call.params.topic_name);
      return json(describe(call, name, partitions));
    },
  }),
  route({
    method: 'PATCH',
    path: '/v3/clusters/{cluster_id}/topics/{topic_name}',
    servedBy: 'topics',
    summary: 'Add partitions to a topic',
    params: v3Topic,
    body: jsonBody(z.strictObject({ partitions_count: z.int() })),
    answer: topicAnswer,
    async answers(call) {
      const { topic_name: name } = call.params;
      const { partitions } = await addPartitions(call.services, name, call.body.partitions_count);
      return json(describe(call, name, partitions));
    },
  }),
  route({
    method: 'DELETE',
    path: '/v3/clusters/{cluster_id}/topics/{topic_name}',
    servedBy: 'topics',
    summary: 'Delete a topic',
    params: v3Topic,
    answer: { status: 204, description: 'It is deleted.' },
    async answers({ services, params }) {
      await deleteTopic(services, params.topic_name);
      return noContent;
    },
  }),
];
