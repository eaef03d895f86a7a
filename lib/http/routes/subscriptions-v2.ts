/** The topics that a consumer instance shares with its group. */
import * as z from 'zod';
import { readSubscription, subscribeInstance, unsubscribeInstance } from '../../groups/subscribe-instance.ts';
import { checkPattern } from '../../groups/topic-matches.ts';
import { MillraceError } from '../../protocol/errors.ts';
import { limits } from '../../protocol/limits.ts';
import { checkTopicName } from '../../protocol/topic-name.ts';
import { v2Body, v2Content, v2Instance } from '../consumer-params.ts';
import { json, noContent } from '../reply.ts';
import { route } from '../route.ts';

const path = '/consumers/{group}/instances/{instance}/subscription';

const names = z.array(z.string().max(limits.topicNameLength)).min(1).max(limits.topicsPerSubscription);

const request = z
  .strictObject({
    topics: names.nullish(),
    topic_pattern: z
      .string()
      .min(1)
      .max(limits.topicPatternLength)
      .nullish()
      .meta({ description: 'An RE2 pattern of whole names.' }),
  })
  .refine(({ topics, topic_pattern }) => topics || topic_pattern, {
    error: 'neither topics nor a topic_pattern is given',
  });

const subscription = z.object({
  topics: z.array(z.string()),
  topic_pattern: z.string().optional(),
});

export const subscriptionRoutes = [
  route({
    method: 'POST',
    path,
    servedBy: 'groups',
    summary: 'Subscribe a consumer instance to topics, in place of those before',
    params: v2Instance,
    body: v2Body(request),
    answer: { status: 204, description: 'What is free of the topics is the instance’s.' },
    async answers({ services, params: { group, instance }, body: { topics, topic_pattern: pattern } }) {
      if (topics && pattern) throw both();
      const wanted = pattern
        ? { topics: [], pattern: checkPattern(pattern) }
        : { topics: [...new Set(topics?.map(checkTopicName))] };
      await subscribeInstance(services, { groupId: group, instanceId: instance }, wanted);
      return noContent;
    },
  }),
  route({
    method: 'GET',
    path,
    servedBy: 'groups',
    summary: 'The subscription of a consumer instance',
    params: v2Instance,
    answer: { status: 200, description: 'Its topics, or its pattern.', content: v2Content(subscription) },
    async answers({ services, params: { group, instance } }) {
      const { topics, pattern } = await readSubscription(services, { groupId: group, instanceId: instance });
      return json({ topics, ...(pattern !== undefined && { topic_pattern: pattern }) });
    },
  }),
  route({
    method: 'DELETE',
    path,
    servedBy: 'groups',
    summary: 'Unsubscribe a consumer instance from all topics, and take its partitions from it',
    params: v2Instance,
    answer: { status: 204, description: 'Others may have its partitions at once.' },
    async answers({ services, params: { group, instance } }) {
      await unsubscribeInstance(services, { groupId: group, instanceId: instance });
      return noContent;
    },
  }),
];

const both = () =>
  new MillraceError(
    'ILLEGAL_CONSUMER_STATE',
    'subscription to topics and to a topic_pattern exclude each other; give one',
  );
