/**
 * The topics that a subscription means: those it names, and those whose whole name its pattern matches. Patterns are RE2's, as in
 * Kafka's newer protocol: they match in a time that grows with the name's length alone.
 */
import { RE2JS } from 're2js';
import { topicFromItem, topicKey } from '../log/catalogue.ts';
import type { LogServices } from '../log/log-services.ts';
import { sideBySide } from '../log/side-by-side.ts';
import { readAllTopics } from '../log/topic-list.ts';
import { MillraceError } from '../protocol/errors.ts';
import { limits } from '../protocol/limits.ts';
import type { TopicToAssign } from './assign.ts';
import type { Subscription } from './cells.ts';
import type { NamedPartition } from './named-partition.ts';

/** Returns the pattern, or throws INVALID_PATTERN that says why it is none. */
export function checkPattern(pattern: string): string {
  if (pattern.length > limits.topicPatternLength) {
    const detail = `the pattern has ${pattern.length} characters, the limit is ${limits.topicPatternLength}`;
    throw new MillraceError('INVALID_PATTERN', detail);
  }
  const steps = compile(pattern).programSize();
  if (steps > limits.topicPatternSteps) {
    const detail = `the pattern has ${steps} steps once its repetitions are written out, the limit is ${limits.topicPatternSteps}`;
    throw new MillraceError('INVALID_PATTERN', detail);
  }
  return pattern;
}

/** Reads the topics that live and that any of the subscriptions means: one by one, or all where one has a pattern. */
export async function readSubscribedTopics(
  services: LogServices,
  subscriptions: readonly Subscription[],
): Promise<readonly TopicToAssign[]> {
  if (subscriptions.some(({ pattern }) => pattern !== undefined)) {
    const all = await readAllTopics(services.cluster);
    const isMeant = anyOf(subscriptions);
    return all.filter(({ name }) => isMeant(name));
  }
  const names = [...new Set(subscriptions.flatMap(({ topics }) => topics))];
  const read = await sideBySide(names, async name => {
    const item = await services.cluster.get(topicKey(name));
    const topic = item && topicFromItem(item);
    return topic && !topic.deleted ? [{ ...topic, name }] : [];
  });
  return read.flat();
}

/** Every partition of topics of which none is named, and those that are. @throws MillraceError UNKNOWN_TOPIC, INVALID_REQUEST where they are too many */
export async function partitionsOf(
  { topics }: LogServices,
  asked: readonly { readonly topic: string; readonly partitions: readonly number[] | undefined }[],
): Promise<readonly NamedPartition[]> {
  const named = await sideBySide(asked, async ({ topic, partitions }) => {
    const numbers =
      partitions ?? Array.from({ length: (await topics.read(topic)).partitions }, (_, partition) => partition);
    return [...new Set(numbers)].map(partition => ({ topic, partition }));
  });
  const all = named.flat();
  if (all.length <= limits.partitionsPerGroup) return all;
  const detail = `the topics have ${all.length} partitions, the limit of one request is ${limits.partitionsPerGroup}; name fewer`;
  throw new MillraceError('INVALID_REQUEST', detail);
}

/** The same of many subscriptions, each looked at once: members of a group mostly want the same. */
export function eachMeant(topics: readonly TopicToAssign[]): (subscription: Subscription) => ReadonlySet<string> {
  const known = new Map<string, ReadonlySet<string>>();
  return subscription => {
    const key = JSON.stringify([subscription.topics, subscription.pattern]);
    const meant = known.get(key) ?? topicsMeant(subscription, topics);
    known.set(key, meant);
    return meant;
  };
}

/** The ids of those of the topics that a subscription means. */
export function topicsMeant(subscription: Subscription, topics: readonly TopicToAssign[]): ReadonlySet<string> {
  const isMeant = anyOf([subscription]);
  return new Set(topics.filter(({ name }) => isMeant(name)).map(({ topicId }) => topicId));
}

function anyOf(subscriptions: readonly Subscription[]): (name: string) => boolean {
  const names = new Set(subscriptions.flatMap(({ topics }) => topics));
  const patterns = new Set(subscriptions.flatMap(({ pattern }) => pattern ?? []));
  const compiled = [...patterns].map(compile);
  return name => names.has(name) || compiled.some(pattern => pattern.matches(name));
}

function compile(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MillraceError('INVALID_PATTERN', `'${pattern.slice(0, 60)}' is no RE2 pattern: ${reason}`, { cause });
  }
}
