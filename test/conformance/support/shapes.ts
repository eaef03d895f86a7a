/**
 * The shapes of answers, field by field: Confluent's, and ours where the published ones leave room.
 */
import * as z from 'zod';

const count = z.int().nonnegative();

/** Absolute, so that a client can follow it from wherever it got it. */
const link = z.url();
const related = z.strictObject({ related: link });

const metadata = z.strictObject({ self: link, resource_name: z.string().startsWith('crn:///kafka=') });

export const cluster = z.object({
  kind: z.literal('KafkaCluster'),
  metadata,
  cluster_id: z.string().min(1),
  acls: related,
  brokers: related,
  broker_configs: related,
  consumer_groups: related,
  topics: related,
  partition_reassignments: related,
});

export const broker = z.object({
  kind: z.literal('KafkaBroker'),
  metadata,
  cluster_id: z.string(),
  broker_id: z.int(),
  configs: related,
  partition_replicas: related,
});

export const topic = z.strictObject({
  kind: z.literal('KafkaTopic'),
  metadata,
  cluster_id: z.string(),
  topic_name: z.string(),
  is_internal: z.literal(false),
  replication_factor: z.int().positive(),
  partitions_count: z.int().positive(),
  partitions: related,
  configs: related,
  partition_reassignments: related,
  authorized_operations: z.array(z.string()).optional(),
});

export const partition = z.object({
  kind: z.literal('KafkaPartition'),
  metadata,
  cluster_id: z.string(),
  topic_name: z.string(),
  partition_id: count,
  leader: related,
  leader_epoch: count,
  replicas: related,
  reassignment: related,
});

export const partitionV2 = z.strictObject({
  partition: count,
  leader: z.int(),
  leader_epoch: count,
  replicas: z.array(z.strictObject({ broker: z.int(), leader: z.boolean(), in_sync: z.boolean() })).min(1),
});

export const replica = z.object({
  kind: z.literal('KafkaReplica'),
  metadata,
  cluster_id: z.string(),
  topic_name: z.string(),
  partition_id: count,
  broker_id: z.int(),
  is_leader: z.literal(true),
  is_in_sync: z.literal(true),
  broker: related,
});

export const topicConfig = z.object({
  kind: z.literal('KafkaTopicConfig'),
  metadata,
  cluster_id: z.string(),
  topic_name: z.string(),
  name: z.string(),
  value: z.string().nullable(),
  is_default: z.boolean(),
  is_read_only: z.boolean(),
  is_sensitive: z.literal(false),
  source: z.string(),
  synonyms: z.array(z.strictObject({ name: z.string(), value: z.string().nullable(), source: z.string() })),
});

/** A list as Confluent's v3 writes it. */
export const listOf = <T extends z.ZodType>(kind: string, item: T) =>
  z.strictObject({
    kind: z.literal(kind),
    metadata: z.strictObject({ self: link, next: link.nullable() }),
    data: z.array(item),
  });

const storedRecord = z.strictObject({ partition: count, offset: count, error_code: z.null(), error: z.null() });
const refusedRecord = z.strictObject({
  partition: count.nullish(),
  offset: z.null().optional(),
  error_code: z.union([z.literal(50002), z.literal(50003)]),
  error: z.string().min(1),
});

/** v2 produce, and raw batches: one entry per record or per batch. */
export const produced = z.strictObject({
  offsets: z.array(z.union([storedRecord, refusedRecord])),
  key_schema_id: z.null(),
  value_schema_id: z.null(),
});

const sized = z.strictObject({ type: z.enum(['BINARY', 'JSON', 'STRING']).nullish(), size: count });

const storedReport = {
  cluster_id: z.string(),
  topic_name: z.string(),
  partition_id: count,
  offset: count,
  timestamp: z.iso.datetime(),
  key: sized.nullish(),
  value: sized.nullish(),
};

/** v3 produce: one per record sent. */
export const deliveryReport = z.union([
  z.strictObject({ error_code: z.literal(200), ...storedReport }),
  z.strictObject({ error_code: z.int().min(400), message: z.string().min(1) }),
]);

export const batchReport = z.strictObject({
  successes: z.array(z.object({ id: z.string(), ...storedReport })),
  failures: z.array(z.strictObject({ id: z.string(), error_code: z.int().min(400), message: z.string().min(1) })),
});

export const record = z.strictObject({
  topic: z.string(),
  partition: count,
  offset: count,
  timestamp: z.int(),
  key: z.unknown(),
  value: z.unknown(),
  headers: z.array(z.strictObject({ key: z.string(), value: z.base64().nullable() })),
});

export type ReadRecord = z.infer<typeof record>;

export const producer = z.strictObject({
  kind: z.literal('MillraceProducer'),
  cluster_id: z.string(),
  producer_id: count,
  producer_epoch: z.int().min(0).max(32_767),
});
