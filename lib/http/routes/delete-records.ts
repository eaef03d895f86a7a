/** DeleteRecords: moving the start of a topic's partitions; an error of one partition is that partition's alone. */
import * as z from 'zod';
import { limits } from '../../protocol/limits.ts';
import { type DeletedRecords, deleteTopicRecords } from '../../topics/delete-topic-records.ts';
import { jsonBody } from '../json-body.ts';
import { mediaType } from '../media-type.ts';
import { v3Topic } from '../params.ts';
import { json } from '../reply.ts';
import { route } from '../route.ts';

const asked = z.strictObject({
  partition_id: z.int(),
  offset: z.int().min(-1).meta({ description: 'The first to keep; -1 for the high watermark.' }),
});

const request = z.strictObject({
  partitions: z
    .array(asked)
    .min(1)
    .max(limits.partitionsPerTopic)
    .refine(all => new Set(all.map(({ partition_id }) => partition_id)).size === all.length, {
      error: 'a partition is named more than once',
    }),
});

const answer = z.object({
  partitions: z.array(
    z.object({
      partition_id: z.int(),
      error_code: z.int().meta({ description: "Kafka's number; 0 for none." }),
      message: z.string().optional(),
      low_watermark: z.int().meta({ description: 'Where the partition begins now; -1 where it was not moved.' }),
    }),
  ),
});

export const deleteRecordsRoutes = [
  route({
    method: 'POST',
    path: '/v3/clusters/{cluster_id}/topics/{topic_name}/records:delete',
    servedBy: 'topics',
    summary: 'Delete the records before an offset of partitions',
    params: v3Topic,
    body: jsonBody(request),
    answer: {
      status: 200,
      description: 'Where each partition asked for begins now, or its error.',
      content: { [mediaType.json]: answer },
    },
    async answers({ services, params: { topic_name: topic }, body }) {
      const results = await deleteTopicRecords(services, {
        topic,
        partitions: body.partitions.map(({ partition_id: partition, offset: beforeOffset }) => ({
          partition,
          beforeOffset,
        })),
      });
      const partitions = body.partitions.map(({ partition_id }, index) =>
        describe(partition_id, results[index] as DeletedRecords),
      );
      return json({ partitions });
    },
  }),
];

function describe(partition_id: number, result: DeletedRecords): z.infer<typeof answer>['partitions'][number] {
  if ('logStartOffset' in result) return { partition_id, error_code: 0, low_watermark: result.logStartOffset };
  const { kafkaCode, message } = result.error;
  return { partition_id, error_code: kafkaCode, message, low_watermark: -1 };
}
