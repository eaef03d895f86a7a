/** What a member of a group sends: who it is, what it wants, and what it holds. */
import * as z from 'zod';
import { assignorNames, offsetResets } from '../groups/cells.ts';
import { changedSubscription, type MemberSettings, type SettingsChange } from '../groups/join-group.ts';
import { checkPattern } from '../groups/topic-matches.ts';
import { MillraceError } from '../protocol/errors.ts';
import { limits } from '../protocol/limits.ts';
import { checkTopicName } from '../protocol/topic-name.ts';
import { offset, type v3Group } from './consumer-params.ts';
import { HttpError } from './http-error.ts';
import { isUnicode, MAX_PARTITION, NOT_UNICODE, optional } from './record-schemas.ts';
import type { Call } from './route.ts';

/** Kafka's member epochs that are none: who joins, who leaves, and who leaves for a while and keeps its partitions. */
export const JOINS = 0;
export const LEAVES = -1;
const LEAVES_FOR_A_WHILE = -2;

const DEFAULT_SESSION_MS = 45_000;
const DEFAULT_REBALANCE_MS = 60_000;

const held = z.strictObject({
  topic_name: z.string().max(limits.topicNameLength),
  partition_id: z.int().min(0).max(MAX_PARTITION),
  assignment_epoch: z.int().min(1).meta({ description: 'As it came with the partition; part of the right to it.' }),
});

const identity = {
  member_id: z
    .string()
    .min(1)
    .max(limits.groupIdLength)
    .meta({ description: 'Made by the client, anew whenever it starts, such as a UUID.' }),
  instance_id: optional(z.string().min(1).max(limits.groupIdLength)).meta({
    description: 'A name that stays: whoever joins with it has the partitions of who had it before, who is fenced.',
  }),
  member_epoch: z.int().min(LEAVES_FOR_A_WHILE).meta({
    description:
      'The epoch of the last answer; 0 to join, -1 to leave, -2 to leave for a while and keep the partitions of an instance_id.',
  }),
};

const settings = {
  client_id: optional(z.string().max(limits.groupIdLength).refine(isUnicode, NOT_UNICODE)),
  subscribed_topic_names: optional(z.array(z.string().max(limits.topicNameLength)).max(limits.topicsPerSubscription)),
  subscribed_topic_regex: optional(z.string().max(limits.topicPatternLength)).meta({
    description: 'An RE2 pattern of whole names; empty for none.',
  }),
  server_assignor: optional(z.string()),
  auto_offset_reset: optional(z.enum(offsetResets)).meta({ description: 'latest, where it is left out.' }),
  session_timeout_ms: optional(z.int().min(limits.sessionTimeoutLeastMs).max(limits.sessionTimeoutMs)),
  rebalance_timeout_ms: optional(z.int().min(limits.rebalanceTimeoutLeastMs).max(limits.rebalanceTimeoutMs)),
};

export const beat = z.strictObject({
  ...identity,
  ...settings,
  topic_partitions: z.array(held).max(limits.partitionsPerGroup).default([]),
});

export const poll = z.strictObject({
  ...identity,
  ...settings,
  topic_partitions: z
    .array(held.extend({ position: offset.nullable() }))
    .max(limits.partitionsPerGroup)
    .default([]),
  commit: z
    .boolean()
    .default(false)
    .meta({ description: 'Whether to commit the positions first: what is below them has been read.' }),
  max_bytes: z.int().min(1).max(limits.fetchBytes).default(limits.answerBytes),
  max_wait_ms: z.int().min(0).max(limits.fetchWaitMs).default(500),
  min_bytes: z.int().min(0).max(limits.fetchBytes).default(1),
});

export type Beat = z.output<typeof beat>;
export type Poll = z.output<typeof poll>;
export type MemberCall<Body> = Call<z.output<typeof v3Group>, unknown, Body>;

/** The right to a partition, as the client has it. */
export const rightOf = ({
  topic_name: topic,
  partition_id: partition,
  assignment_epoch: since,
}: z.output<typeof held>) => ({
  topic,
  partition,
  since,
});

/** What who joins wants; what it leaves out is as Kafka has it. */
export function joiningSettings(body: Beat): MemberSettings {
  const { topics, pattern, ...wanted } = changedSettings(body);
  const subscription = changedSubscription({ topics: [] }, { ...(topics && { topics }), ...(pattern && { pattern }) });
  if (subscription.topics.length === 0 && subscription.pattern === undefined)
    throw new HttpError(422, 'who joins gives subscribed_topic_names, subscribed_topic_regex, or both');
  return {
    clientId: '',
    assignor: 'uniform',
    offsetReset: 'latest',
    sessionTimeoutMs: DEFAULT_SESSION_MS,
    rebalanceTimeoutMs: DEFAULT_REBALANCE_MS,
    ...wanted,
    subscription,
    instanceId: body.instance_id,
  };
}

/** What a member says that it wants from now on; what it leaves out stays as it is. */
export function changedSettings(body: Beat): SettingsChange {
  const { subscribed_topic_names: names, subscribed_topic_regex: regex, server_assignor } = body;
  return {
    ...(names && { topics: [...new Set(names.map(checkTopicName))] }),
    ...(regex !== undefined && { pattern: regex && checkPattern(regex) }),
    ...(body.client_id !== undefined && { clientId: body.client_id }),
    ...(server_assignor !== undefined && { assignor: assignorOf(server_assignor) }),
    ...(body.auto_offset_reset && { offsetReset: body.auto_offset_reset }),
    ...(body.session_timeout_ms !== undefined && { sessionTimeoutMs: body.session_timeout_ms }),
    ...(body.rebalance_timeout_ms !== undefined && { rebalanceTimeoutMs: body.rebalance_timeout_ms }),
  };
}

function assignorOf(name: string): MemberSettings['assignor'] {
  const known = assignorNames.find(each => each === name);
  if (known) return known;
  throw new MillraceError('UNSUPPORTED_ASSIGNOR', `'${name.slice(0, 60)}' is none of ${assignorNames.join(', ')}`);
}
