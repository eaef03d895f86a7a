/**
 * Creating a topic. Commit point: the cell under its name.
 */
import { topicFromItem, topicKey } from '../log/catalogue.ts';
import type { Declarer, TopicCell } from '../log/cells.ts';
import type { LogServices } from '../log/log-services.ts';
import { createSettled, replaceSettled } from '../log/settled-write.ts';
import { noteDeletion } from '../log/topic-deletion.ts';
import { NAME_TAKEN_MS } from '../log/topic-directory.ts';
import { MillraceError } from '../protocol/errors.ts';
import { limits } from '../protocol/limits.ts';
import { checkConfigKey, checkConfigValue, type TopicConfigOverrides } from '../protocol/topic-config.ts';
import { checkTopicName } from '../protocol/topic-name.ts';
import { stampDeletion, topicItem } from './topic-cell.ts';

/** As Kafka's `num.partitions`. */
const DEFAULT_PARTITIONS = 1;

export interface CreateTopicRequest {
  readonly name: string;
  readonly partitions?: number | undefined;
  /** Accepted and checked for its range; the stores replicate as they do. */
  readonly replicationFactor?: number | undefined;
  readonly config?: ReadonlyMap<string, string>;
  readonly declaredBy?: Declarer | undefined;
  /** Check all, write nothing. */
  readonly validateOnly?: boolean | undefined;
}

/**
 * @throws MillraceError TOPIC_ALREADY_EXISTS, TOPIC_NAME_NOT_FREE (deleted a moment ago), INVALID_TOPIC,
 *   INVALID_PARTITIONS, INVALID_REPLICATION_FACTOR or INVALID_CONFIG
 * @example await createTopic(services, { name: 'click', partitions: 3, config: new Map([['retention.ms', '-1']]) });
 */
export async function createTopic(services: LogServices, request: CreateTopicRequest): Promise<TopicCell> {
  const name = checkTopicName(request.name);
  const topic: TopicCell = {
    topicId: services.random.id(),
    partitions: checkPartitions(request.partitions ?? DEFAULT_PARTITIONS),
    config: checkConfig(request.config ?? new Map()),
    createdAt: services.clock.now(),
    deleted: false,
    ...(request.declaredBy && { declaredBy: request.declaredBy }),
  };
  checkReplicationFactor(request.replicationFactor);
  if (request.validateOnly) {
    const present = await services.cluster.get(topicKey(name));
    if (present) checkNameIsFree(services, name, topicFromItem(present));
    return topic;
  }
  await write(services, name, topic);
  services.topics.forget(name);
  return topic;
}

async function write(services: LogServices, name: string, topic: TopicCell): Promise<void> {
  const item = topicItem(name, topic, services.random.id());
  const created = await createSettled(services, item);
  if (created.outcome === 'created') return;
  const present = topicFromItem(created.item);
  if (present.deleted && present.deletedAt === undefined) await stampDeletion(services, name, created.item);
  checkNameIsFree(services, name, present);
  await noteDeletion(services, name, present);
  const replaced = await replaceSettled(services, item, created.item.version);
  if (replaced.outcome === 'stale') throw alreadyExists(name);
}

/** A deleted topic's cell stays under the name: some worker may believe in it for a while, counted from now if nobody noted when. */
function checkNameIsFree({ clock }: LogServices, name: string, present: TopicCell): void {
  if (!present.deleted) throw alreadyExists(name);
  const left = (present.deletedAt ?? clock.now()) + NAME_TAKEN_MS - clock.now();
  if (left < 0) return;
  const detail = `topic '${name}' was deleted a moment ago, its name is free again in ${Math.ceil((left + 1) / 1000)} s`;
  throw new MillraceError('TOPIC_NAME_NOT_FREE', detail);
}

/** Returns the number of partitions, or throws INVALID_PARTITIONS that names the limit. */
export function checkPartitions(partitions: number): number {
  const max = limits.partitionsPerTopic;
  if (Number.isInteger(partitions) && partitions >= 1 && partitions <= max) return partitions;
  throw new MillraceError('INVALID_PARTITIONS', `${partitions} partitions, a topic has 1 to ${max}`);
}

function checkReplicationFactor(factor: number | undefined): void {
  if (factor === undefined || factor === -1 || (factor >= 1 && factor <= 32_767)) return;
  throw new MillraceError('INVALID_REPLICATION_FACTOR', `replication factor ${factor}, expected 1 to 32767 or none`);
}

/** Returns the configuration, or throws INVALID_CONFIG that names the first bad key or value. */
export function checkConfig(config: ReadonlyMap<string, string>): TopicConfigOverrides {
  const entries = [...config].map(([name, value]) => {
    const key = checkConfigKey(name);
    checkConfigValue(key, value);
    return [key, value] as const;
  });
  return Object.fromEntries(entries);
}

const alreadyExists = (name: string) => new MillraceError('TOPIC_ALREADY_EXISTS', `topic '${name}' already exists.`);
