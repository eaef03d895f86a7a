/** Producing on v2: records as base64 or JSON, to a topic or to one of its partitions; and raw batches to a partition. */
import * as z from 'zod';
import type { ProducerSequence } from '../../log/append-batch.ts';
import { produceBatches } from '../../produce/produce-batches.ts';
import { produceRecords, type RecordToProduce } from '../../produce/produce-records.ts';
import { limits } from '../../protocol/limits.ts';
import type { KeptMembers } from '../json/read-json.ts';
import { checkBody, readJsonBody } from '../json-body.ts';
import { type MediaType, mediaType } from '../media-type.ts';
import { v2Partition, v2Topic } from '../params.ts';
import { bytesOfBase64, bytesOfJson, plainRecords } from '../plain-records.ts';
import { producedReply, producedV2 } from '../produced-v2.ts';
import { base64, jsonValue, optional, partitionNumber, timestampMs, unicode } from '../record-schemas.ts';
import { type Answer, type BodyOf, route } from '../route.ts';

/** What holds a user's value in `{"records": [{"key", "value"}]}`. */
const keptMembers: KeptMembers = { depth: 3, names: new Set(['key', 'value']) };

const toPartitionRecord = (data: z.ZodType<Uint8Array | null>) =>
  z.strictObject({
    key: data.default(null),
    value: data.default(null),
    headers: optional(z.array(z.strictObject({ key: unicode, value: base64.nullable() }))),
    timestamp: optional(timestampMs),
  });

const toTopicRecord = (data: z.ZodType<Uint8Array | null>) =>
  toPartitionRecord(data).extend({
    partition: optional(partitionNumber),
  });

const noSchema = z.null().optional().meta({ description: 'Schemas are not supported.' });

const requestOf = (record: z.ZodType<RecordToProduce>) =>
  z
    .strictObject({
      records: z.array(record).min(1).max(limits.recordsPerRequest),
      producer_id: optional(z.int().min(0)),
      producer_epoch: optional(z.int().min(0).max(limits.producerEpoch)),
      sequence: optional(z.int().min(0).max(limits.sequence).meta({ description: 'Of the first record.' })),
      key_schema: noSchema,
      key_schema_id: noSchema,
      value_schema: noSchema,
      value_schema_id: noSchema,
    })
    .refine(hasWholeProducer, { error: 'producer_id, producer_epoch and sequence come together, or not at all' });

interface ProducerFields {
  readonly producer_id?: number | undefined;
  readonly producer_epoch?: number | undefined;
  readonly sequence?: number | undefined;
}

function hasWholeProducer({ producer_id, producer_epoch, sequence }: ProducerFields): boolean {
  return new Set([producer_id, producer_epoch, sequence].map(field => field === undefined)).size === 1;
}

interface RecordsBody {
  readonly kind: 'records';
  readonly records: readonly RecordToProduce[];
  readonly producer?: ProducerSequence;
}

interface BatchesBody {
  readonly kind: 'batches';
  readonly bytes: Uint8Array;
}

/** Bodies of records; the first type is meant where a request has none, as in Confluent's. */
function recordsBody(
  recordOf: (data: z.ZodType<Uint8Array | null>) => z.ZodType<RecordToProduce>,
  { isPlaced }: { readonly isPlaced: boolean },
): BodyOf<RecordsBody> {
  const binary = requestOf(recordOf(base64.nullable()));
  const asJson = requestOf(recordOf(jsonValue));
  return {
    content: { [mediaType.v2Binary]: binary, [mediaType.v2Json]: asJson, [mediaType.json]: asJson },
    read(bytes, type) {
      const isBinary = type === mediaType.v2Binary;
      const body = readJsonBody(bytes, isBinary ? undefined : keptMembers);
      const plain = plainRecords(body, { bytesOf: isBinary ? bytesOfBase64 : bytesOfJson, isPlaced });
      if (plain) return { kind: 'records', records: plain };
      const request = checkBody(isBinary ? binary : asJson, body);
      const { records, producer_id: producerId, producer_epoch: epoch = 0, sequence = 0 } = request;
      return {
        kind: 'records',
        records,
        ...(producerId !== undefined && { producer: { producerId, epoch, sequence } }),
      };
    },
  };
}

const toTopic = recordsBody(toTopicRecord, { isPlaced: true });
const toPartition = recordsBody(toPartitionRecord, { isPlaced: false });

const toPartitionOrRaw: BodyOf<RecordsBody | BatchesBody> = {
  content: { ...toPartition.content, [mediaType.recordBatch]: 'bytes' },
  read: (bytes, type: MediaType) =>
    type === mediaType.recordBatch ? { kind: 'batches', bytes } : toPartition.read(bytes, type),
};

const answer: Answer = {
  status: 200,
  description: 'An offset for each record (for each batch, where batches were sent), or why it was not stored.',
  content: { [mediaType.v2]: producedV2, [mediaType.v2Default]: producedV2, [mediaType.json]: producedV2 },
};

export const produceV2Routes = [
  route({
    method: 'POST',
    path: '/topics/{topic}',
    servedBy: 'produce',
    summary: 'Produce records to a topic',
    params: v2Topic,
    body: toTopic,
    answer,
    async answers({ services, params, body: { records, producer }, deadline }) {
      const results = await produceRecords(services, { topic: params.topic, records, producer, deadline });
      return producedReply(results, { isAllOrNone: producer !== undefined });
    },
  }),
  route({
    method: 'POST',
    path: '/topics/{topic}/partitions/{partition}',
    servedBy: 'produce',
    summary: 'Produce records, or raw record batches, to a partition',
    params: v2Partition,
    body: toPartitionOrRaw,
    answer,
    async answers({ services, params: { topic, partition }, body, deadline }) {
      if (body.kind === 'batches') {
        const { bytes } = body;
        return producedReply(await produceBatches(services, { topic, partition, bytes, deadline }), {
          isAllOrNone: true,
        });
      }
      await services.topics.resolveWith(topic, partition);
      const { producer } = body;
      const records = body.records.map(record => ({ ...record, partition }));
      const results = await produceRecords(services, { topic, records, producer, deadline });
      return producedReply(results, { isAllOrNone: producer !== undefined });
    },
  }),
];
