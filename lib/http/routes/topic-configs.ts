/** The configuration of topics on v3. */
import * as z from 'zod';
import {
  configValue,
  isTopicConfigKey,
  type TopicConfigKey,
  type TopicConfigOverrides,
  topicConfig,
  topicConfigKeys,
} from '../../protocol/topic-config.ts';
import { alterConfigs } from '../../topics/alter-topic.ts';
import { HttpError } from '../http-error.ts';
import { jsonBody } from '../json-body.ts';
import { crn } from '../links.ts';
import { mediaType } from '../media-type.ts';
import { v3Topic } from '../params.ts';
import { optional } from '../record-schemas.ts';
import { json, noContent } from '../reply.ts';
import { list, listOf, resource } from '../resources.ts';
import { type Call, route } from '../route.ts';

const sources = z.enum(['DYNAMIC_TOPIC_CONFIG', 'DEFAULT_CONFIG']);

const configData = resource('KafkaTopicConfig').extend({
  cluster_id: z.string(),
  topic_name: z.string(),
  name: z.string(),
  value: z.string(),
  is_default: z.boolean(),
  is_read_only: z.boolean(),
  is_sensitive: z.boolean(),
  source: sources,
  synonyms: z.array(z.object({ name: z.string(), value: z.string(), source: sources })),
});

const v3Config = v3Topic.extend({ name: z.string().meta({ description: 'Name of the config.' }) });

const change = z.strictObject({
  name: z.string(),
  operation: z
    .enum(['SET', 'DELETE'])
    .nullish()
    .transform(operation => operation ?? 'SET'),
  value: optional(z.string()),
});

type TopicCall = Call<z.output<typeof v3Topic>, unknown, unknown>;

/** A config as the answer to a call. */
function describe({ params, links }: TopicCall, config: TopicConfigOverrides, name: TopicConfigKey) {
  const { cluster_id, topic_name } = params;
  const byDefault = { name, value: topicConfig[name].default, source: 'DEFAULT_CONFIG' };
  const isDefault = config[name] === undefined;
  const set = { name, value: configValue(config, name), source: 'DYNAMIC_TOPIC_CONFIG' };
  return {
    kind: 'KafkaTopicConfig',
    metadata: {
      self: links.to('v3', 'clusters', cluster_id, 'topics', topic_name, 'configs', name),
      resource_name: crn({ kafka: cluster_id, topic: topic_name, config: name }),
    },
    cluster_id,
    topic_name,
    ...(isDefault ? byDefault : set),
    is_default: isDefault,
    is_read_only: topicConfig[name].readOnly,
    is_sensitive: false,
    synonyms: isDefault ? [byDefault] : [set, byDefault],
  };
}

const changed = { status: 204, description: 'It is changed.' };

export const topicConfigRoutes = [
  route({
    method: 'GET',
    path: '/v3/clusters/{cluster_id}/topics/{topic_name}/configs',
    servedBy: 'topics',
    summary: "List a topic's configuration",
    params: v3Topic,
    answer: {
      status: 200,
      description: 'Every config, set or not.',
      content: { [mediaType.json]: listOf('KafkaTopicConfigList', configData) },
    },
    async answers(call) {
      const { cluster_id, topic_name } = call.params;
      const { config } = await call.services.topics.read(topic_name);
      const self = call.links.to('v3', 'clusters', cluster_id, 'topics', topic_name, 'configs');
      return json(
        list(
          'KafkaTopicConfigList',
          self,
          topicConfigKeys.map(name => describe(call, config, name)),
        ),
      );
    },
  }),
  route({
    method: 'POST',
    path: '/v3/clusters/{cluster_id}/topics/{topic_name}/configs:alter',
    servedBy: 'topics',
    summary: "Change several of a topic's configs, all or none",
    params: v3Topic,
    body: jsonBody(z.strictObject({ data: z.array(change).min(1), validate_only: optional(z.boolean()) })),
    answer: changed,
    async answers({ services, params, body }) {
      const { data: changes, validate_only: validateOnly } = body;
      await alterConfigs(services, { name: params.topic_name, changes, validateOnly });
      return noContent;
    },
  }),
  route({
    method: 'GET',
    path: '/v3/clusters/{cluster_id}/topics/{topic_name}/configs/{name}',
    servedBy: 'topics',
    summary: "Describe one of a topic's configs",
    params: v3Config,
    answer: { status: 200, description: 'The config.', content: { [mediaType.json]: configData } },
    async answers(call) {
      const { name, topic_name } = call.params;
      const { config } = await call.services.topics.read(topic_name);
      if (isTopicConfigKey(name)) return json(describe(call, config, name));
      throw new HttpError(404, `there is no topic config '${name.slice(0, 100)}'`);
    },
  }),
  route({
    method: 'PUT',
    path: '/v3/clusters/{cluster_id}/topics/{topic_name}/configs/{name}',
    servedBy: 'topics',
    summary: "Set one of a topic's configs",
    params: v3Config,
    body: jsonBody(z.strictObject({ value: z.string() })),
    answer: changed,
    async answers({ services, params, body: { value } }) {
      const changes = [{ name: params.name, operation: 'SET' as const, value }];
      await alterConfigs(services, { name: params.topic_name, changes });
      return noContent;
    },
  }),
  route({
    method: 'DELETE',
    path: '/v3/clusters/{cluster_id}/topics/{topic_name}/configs/{name}',
    servedBy: 'topics',
    summary: "Set one of a topic's configs back to its default",
    params: v3Config,
    answer: changed,
    async answers({ services, params }) {
      const changes = [{ name: params.name, operation: 'DELETE' as const }];
      await alterConfigs(services, { name: params.topic_name, changes });
      return noContent;
    },
  }),
];
