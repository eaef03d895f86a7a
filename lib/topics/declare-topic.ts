/**
 * Topics that are declared, as resources of a stack are: made where they are not there, altered where they are. Commit point: the
 * topic's cell, which says who declares it.
 *
 * Who declares may ask twice, or not hear the answer, so the same request again does no harm. What nobody declared, or somebody else,
 * is neither altered nor deleted; and what the same resource left in an earlier life is altered, but not deleted: it holds what was
 * meant to stay.
 */
import { topicFromItem } from '../log/catalogue.ts';
import type { Declarer, TopicCell } from '../log/cells.ts';
import type { LogServices } from '../log/log-services.ts';
import { type ErrorCode, MillraceError } from '../protocol/errors.ts';
import { onlyMore } from './alter-topic.ts';
import { checkConfig, checkPartitions, createTopic } from './create-topic.ts';
import { deleteTopic } from './delete-topic.ts';
import { changeTopic } from './topic-cell.ts';

/** How often a topic may be made and deleted by others before ours gives up. */
const TRIES = 3;

export interface DeclaredTopic {
  readonly name: string;
  readonly partitions: number;
  /** All of it: what is left out has its default. */
  readonly config: ReadonlyMap<string, string>;
  readonly declaredBy: Declarer;
  /** Leaves partitions that are there beyond those wanted; otherwise they are an error. */
  readonly mayHaveMore?: boolean;
}

/**
 * @returns the topic, as it is wanted
 * @throws MillraceError TOPIC_ALREADY_EXISTS where it is another's, INVALID_PARTITIONS where it has more, and whatever creating one throws
 * @example
 * const declaredBy = { name: `${stackName}/Click`, life: stackId };
 * await declareTopic(services, { name: 'click', partitions: 3, config: new Map(), declaredBy });
 */
export async function declareTopic(services: LogServices, wanted: DeclaredTopic): Promise<TopicCell> {
  for (let tries = 0; tries < TRIES; tries++) {
    const altered = await unless('UNKNOWN_TOPIC', alter(services, wanted));
    if (altered) return altered;
    const created = await unless('TOPIC_ALREADY_EXISTS', createTopic(services, wanted));
    if (created) return created;
  }
  throw new MillraceError('STORE_UNAVAILABLE', `topic '${wanted.name}' is made and deleted by others; try again`);
}

/** Deletes the topic if this very life of who declares it has made it; otherwise there is nothing to do. */
export async function withdrawTopic(services: LogServices, name: string, declaredBy: Declarer): Promise<void> {
  const isMeant = (topic: TopicCell) => isOf(topic, declaredBy) && topic.declaredBy?.life === declaredBy.life;
  await unless('UNKNOWN_TOPIC', deleteTopic(services, name, isMeant));
}

async function alter(services: LogServices, wanted: DeclaredTopic): Promise<TopicCell> {
  const { name, declaredBy } = wanted;
  const partitions = checkPartitions(wanted.partitions);
  const config = checkConfig(wanted.config);
  const changed = await changeTopic(services, name, topic => {
    if (!isOf(topic, declaredBy)) throw alreadyThere(name, topic);
    if (partitions < topic.partitions && !wanted.mayHaveMore) throw onlyMore(name, topic.partitions, partitions);
    return { ...topic, partitions: Math.max(topic.partitions, partitions), config };
  });
  return topicFromItem(changed);
}

const isOf = (topic: TopicCell, { name }: Declarer): boolean => topic.declaredBy?.name === name;

function alreadyThere(name: string, { declaredBy }: TopicCell): MillraceError {
  const whose = declaredBy ? `is declared by ${declaredBy.name}` : 'was not declared';
  const detail = `topic '${name}' already exists, and ${whose}: choose another name, or refer to it as it is`;
  return new MillraceError('TOPIC_ALREADY_EXISTS', detail);
}

async function unless<T>(code: ErrorCode, outcome: Promise<T>): Promise<T | undefined> {
  try {
    return await outcome;
  } catch (error) {
    if (error instanceof MillraceError && error.code === code) return undefined;
    throw error;
  }
}
