/** Triggers: topics that invoke functions. */
import * as z from 'zod';
import { partitionsOf } from '../../groups/topic-matches.ts';
import { limits } from '../../protocol/limits.ts';
import type { Trigger } from '../../triggers/cells.ts';
import { createTrigger } from '../../triggers/create-trigger.ts';
import { deleteTrigger } from '../../triggers/delete-trigger.ts';
import {
  type DescribedTrigger,
  describeTrigger,
  stateOf,
  type TriggerPartition,
} from '../../triggers/describe-trigger.ts';
import { resetTrigger } from '../../triggers/reset-trigger.ts';
import { triggerSettings } from '../../triggers/settings.ts';
import { listTriggers } from '../../triggers/trigger-store.ts';
import { updateTrigger } from '../../triggers/update-trigger.ts';
import { toIso } from '../iso-timestamp.ts';
import { jsonBody } from '../json-body.ts';
import { crn } from '../links.ts';
import { mediaType } from '../media-type.ts';
import { resetBody, resetResults, resetTo, resultsOf } from '../offset-resets.ts';
import { cluster } from '../params.ts';
import { json, noContent } from '../reply.ts';
import { list, listOf, related, resource } from '../resources.ts';
import { type Call, route } from '../route.ts';
import {
  changedTrigger,
  filtersAsText,
  newTrigger,
  settingsData,
  settingsFrom,
  shownSettings,
} from '../trigger-settings.ts';

const triggersPath = '/v3/clusters/{cluster_id}/triggers';
const triggerPath = `${triggersPath}/{trigger_name}` as const;

const named = cluster.extend({
  trigger_name: z
    .string()
    .min(1)
    .max(limits.triggerNameLength)
    .meta({ description: `Name of the trigger, 1 to ${limits.triggerNameLength} characters.` }),
});

const result = z.object({ at: z.iso.datetime(), error: z.string().nullable() });

const triggerData = resource('MillraceTrigger')
  .extend({ cluster_id: z.string(), trigger_name: z.string() })
  .extend(settingsData.shape)
  .extend({
    state: z.enum(['CREATING', 'ENABLED', 'PAUSED', 'DELETING']),
    consumer_group: related,
  });

const partitionData = z.object({
  topic_name: z.string(),
  partition_id: z.int(),
  current_offset: z.int().meta({ description: 'The next offset that is delivered.' }),
  log_end_offset: z.int(),
  lag: z.int(),
  state: z.enum(['IDLE', 'HELD', 'WAITING']).meta({
    description: 'Held by a runner; or waiting until what failed is tried again.',
  }),
  failures: z.int().meta({ description: 'How often the records at the current offset have failed.' }),
  last_result: result.nullable(),
});

const describedData = triggerData.extend({
  lag: z.int().meta({ description: 'Records of all partitions that are still to be delivered.' }),
  partitions: z.array(partitionData),
});

type At = Pick<Call<{ readonly cluster_id: string }, unknown, unknown>, 'params' | 'links'>;

function shown({ params: { cluster_id }, links }: At, trigger: Trigger): z.infer<typeof triggerData> {
  const path = ['v3', 'clusters', cluster_id] as const;
  return {
    kind: 'MillraceTrigger',
    metadata: {
      self: links.to(...path, 'triggers', trigger.name),
      resource_name: crn({ kafka: cluster_id, trigger: trigger.name }),
    },
    cluster_id,
    trigger_name: trigger.name,
    ...shownSettings(trigger),
    state: stateOf(trigger),
    consumer_group: { related: links.to(...path, 'consumer-groups', trigger.groupId) },
  };
}

const described = (at: At, { trigger, lag, partitions }: DescribedTrigger): z.infer<typeof describedData> => ({
  ...shown(at, trigger),
  lag,
  partitions: partitions.map(shownPartition),
});

function shownPartition(part: TriggerPartition): z.infer<typeof partitionData> {
  const { topic, partition, currentOffset, logEndOffset, lag, state, failures, lastResult } = part;
  return {
    topic_name: topic,
    partition_id: partition,
    current_offset: currentOffset,
    log_end_offset: logEndOffset,
    lag,
    state,
    failures,
    last_result: lastResult ? { at: toIso(lastResult.at), error: lastResult.unsent ?? lastResult.error ?? null } : null,
  };
}

const theTrigger = { status: 200, description: 'The trigger.', content: { [mediaType.json]: triggerData } };

const change = (method: 'pause' | 'resume', summary: string) =>
  route({
    method: 'POST',
    path: `${triggerPath}/${method}`,
    servedBy: 'groups',
    summary,
    params: named,
    answer: theTrigger,
    async answers(call) {
      const change = { isEnabled: method === 'resume' };
      return json(shown(call, await updateTrigger(call.services, call.params.trigger_name, change)));
    },
  });

export const triggerRoutes = [
  route({
    method: 'GET',
    path: triggersPath,
    servedBy: 'groups',
    summary: 'List triggers',
    params: cluster,
    answer: {
      status: 200,
      description: 'All triggers, in the order of their names.',
      content: { [mediaType.json]: listOf('MillraceTriggerList', triggerData) },
    },
    async answers(call) {
      const triggers = await listTriggers(call.services);
      const self = call.links.to('v3', 'clusters', call.params.cluster_id, 'triggers');
      return json(
        list(
          'MillraceTriggerList',
          self,
          triggers.map(each => shown(call, each)),
        ),
      );
    },
  }),
  route({
    method: 'POST',
    path: triggersPath,
    servedBy: 'groups',
    summary: 'Create a trigger: from now on its topics invoke its function',
    params: cluster,
    body: jsonBody(newTrigger, filtersAsText),
    answer: { ...theTrigger, status: 201 },
    async answers(call) {
      const { trigger_name: name, topics, function: target, ...given } = call.body;
      const { starting_position: startingPosition = 'TRIM_HORIZON', starting_position_timestamp: timestamp } = given;
      const { onFailure, ...settings } = settingsFrom({ ...given, function: target });
      const trigger = await createTrigger(call.services, {
        name,
        topics,
        groupId: given.consumer_group_id ?? name,
        startingPosition,
        ...(timestamp !== undefined && { startingTimestamp: timestamp }),
        ...triggerSettings({ ...settings, function: target, ...(typeof onFailure === 'string' && { onFailure }) }),
      });
      const answer = shown(call, trigger);
      return json(answer, { status: 201, headers: { Location: answer.metadata.self } });
    },
  }),
  route({
    method: 'GET',
    path: triggerPath,
    servedBy: 'groups',
    summary: 'Describe a trigger, and how far it is behind',
    params: named,
    answer: { status: 200, description: 'The trigger.', content: { [mediaType.json]: describedData } },
    answers: async call => json(described(call, await describeTrigger(call.services, call.params.trigger_name))),
  }),
  route({
    method: 'PATCH',
    path: triggerPath,
    servedBy: 'groups',
    summary: 'Change the settings of a trigger',
    params: named,
    body: jsonBody(changedTrigger, filtersAsText),
    answer: theTrigger,
    async answers(call) {
      const updated = await updateTrigger(call.services, call.params.trigger_name, settingsFrom(call.body));
      return json(shown(call, updated));
    },
  }),
  route({
    method: 'DELETE',
    path: triggerPath,
    servedBy: 'groups',
    summary: 'Delete a trigger; its group stays, with how far it has come',
    params: named,
    answer: { status: 204, description: 'No event is begun any more.' },
    async answers({ services, params }) {
      await deleteTrigger(services, params.trigger_name);
      return noContent;
    },
  }),
  change('pause', 'Pause a trigger: the event under way is its last'),
  change('resume', 'Let a paused trigger go on'),
  route({
    method: 'POST',
    path: `${triggerPath}/offsets:reset`,
    servedBy: 'groups',
    summary: 'Set how far a paused trigger has come, by what it means',
    params: named,
    body: jsonBody(resetBody),
    answer: resetResults,
    async answers({ services, params: { trigger_name: name }, body }) {
      const wanted = body.topics.map(({ topic_name: topic, partitions }) => ({ topic, partitions }));
      const partitions = await partitionsOf(services, wanted);
      return resultsOf(await resetTrigger(services, { name, partitions, to: resetTo(body) }));
    },
  }),
];
