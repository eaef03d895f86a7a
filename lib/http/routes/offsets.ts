/** Offsets of a partition: its bounds on v2, and by what they mean on v3. */
import * as z from 'zod';
import { listBounds, listOffset } from '../../fetch/list-offsets.ts';
import { limits } from '../../protocol/limits.ts';
import { toIso } from '../iso-timestamp.ts';
import { crn } from '../links.ts';
import { mediaType } from '../media-type.ts';
import { decimal, v2Partition, v3Partition } from '../params.ts';
import { json } from '../reply.ts';
import { resource } from '../resources.ts';
import { type Call, route } from '../route.ts';

const bounds = z.object({ beginning_offset: z.int(), end_offset: z.int() });

const query = z
  .object({
    offset_type: z
      .enum(['earliest', 'latest', 'earliest_and_latest', 'max_timestamp', 'timestamp'])
      .default('earliest_and_latest'),
    timestamp: decimal(0, limits.timestampMs, 'For offset_type=timestamp, in milliseconds.').optional(),
  })
  .refine(({ offset_type, timestamp }) => (offset_type === 'timestamp') === (timestamp !== undefined), {
    error: 'offset_type=timestamp and a timestamp come together, or not at all',
  });

const partitionWithOffsets = resource('KafkaPartitionWithOffsets').extend({
  cluster_id: z.string(),
  topic_name: z.string(),
  partition_id: z.int(),
  earliest_offset: z.int().optional(),
  latest_offset: z.int().optional(),
  offset: z.int().optional().meta({ description: 'Where one is asked for; -1 for no record.' }),
  timestamp: z.iso
    .datetime()
    .nullish()
    .meta({ description: 'ISO 8601, of the record at the offset, where it was found by time.' }),
});

type Query = z.output<typeof query>;
type OffsetsCall = Call<z.output<typeof v3Partition>, Query, unknown>;

export const offsetRoutes = [
  route({
    method: 'GET',
    path: '/topics/{topic}/partitions/{partition}/offsets',
    servedBy: 'fetch',
    summary: 'The bounds of a partition',
    params: v2Partition,
    answer: {
      status: 200,
      description: 'The first offset that can be read, and the end of the log.',
      content: { [mediaType.v2]: bounds, [mediaType.v2Default]: bounds, [mediaType.json]: bounds },
    },
    async answers({ services, params: { topic, partition } }) {
      const { logStartOffset, highWatermark } = await listBounds(services, topic, partition);
      return json({ beginning_offset: logStartOffset, end_offset: highWatermark });
    },
  }),
  route({
    method: 'GET',
    path: '/v3/clusters/{cluster_id}/topics/{topic_name}/partitions/{partition_id}/offset',
    servedBy: 'fetch',
    summary: 'An offset of a partition, by what it means',
    params: v3Partition,
    query,
    answer: {
      status: 200,
      description: 'The bounds asked for, or the offset of the record found by time.',
      content: { [mediaType.json]: partitionWithOffsets },
    },
    async answers(call) {
      const { cluster_id, topic_name, partition_id } = call.params;
      const { offset_type } = call.query;
      const self = call.links.to(
        'v3',
        'clusters',
        cluster_id,
        'topics',
        topic_name,
        'partitions',
        partition_id,
        'offset',
      );
      const resource_name = crn({ kafka: cluster_id, topic: topic_name, partition: partition_id, offset_type });
      return json({
        kind: 'KafkaPartitionWithOffsets',
        metadata: { self, resource_name },
        ...call.params,
        ...(await offsetsFor(call)),
      });
    },
  }),
];

async function offsetsFor({ services, params, query: { offset_type, timestamp } }: OffsetsCall) {
  const { topic_name: topic, partition_id: partition } = params;
  if (offset_type === 'max_timestamp' || offset_type === 'timestamp') {
    const spec =
      timestamp === undefined ? ({ kind: 'max-timestamp' } as const) : ({ kind: 'timestamp', timestamp } as const);
    const found = await listOffset(services, { topic, partition, spec });
    return { offset: found.offset, timestamp: found.timestamp === undefined ? null : toIso(found.timestamp) };
  }
  const { logStartOffset, highWatermark } = await listBounds(services, topic, partition);
  switch (offset_type) {
    case 'earliest':
      return { earliest_offset: logStartOffset, offset: logStartOffset };
    case 'latest':
      return { latest_offset: highWatermark, offset: highWatermark };
    case 'earliest_and_latest':
      return { earliest_offset: logStartOffset, latest_offset: highWatermark };
  }
}
