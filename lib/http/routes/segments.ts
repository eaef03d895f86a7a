/** The segments of a partition, with links from which bulk readers pull them. */
import * as z from 'zod';
import { limits } from '../../protocol/limits.ts';
import { type ListedSegment, listSegments } from '../../topics/list-segments.ts';
import { mediaType } from '../media-type.ts';
import { decimal, v3Partition } from '../params.ts';
import { json } from '../reply.ts';
import { type Call, route } from '../route.ts';

const PAGE_SIZE = 100;

const query = z.object({
  from_offset: decimal(
    0,
    limits.offset,
    'The list begins with the segment that holds it, or with the first; 0 where it is left out.',
  ).optional(),
  page_size: decimal(1, limits.segmentsPerPage, `Segments of one page; ${PAGE_SIZE} where it is left out.`).optional(),
});

const segmentData = z.object({
  base_offset: z.int(),
  last_offset: z.int(),
  size_in_bytes: z.int(),
  max_timestamp: z.int().meta({ description: 'Milliseconds; -1 where no record has one.' }),
  url: z
    .string()
    .meta({ description: 'Answers its bytes, with ranges: a `.log` file of Kafka. May end after an hour.' }),
});

const segmentList = z.object({
  kind: z.literal('MillraceSegmentList'),
  metadata: z.object({ self: z.string(), next: z.string().nullable() }),
  data: z.array(segmentData),
});

type SegmentsCall = Call<z.output<typeof v3Partition>, z.output<typeof query>, unknown>;

export const segmentRoutes = [
  route({
    method: 'GET',
    path: '/v3/clusters/{cluster_id}/topics/{topic_name}/partitions/{partition_id}/segments',
    servedBy: 'topics',
    summary: "List a partition's segments",
    params: v3Partition,
    query,
    answer: {
      status: 200,
      description: 'Those from the log start to the rolled offset, in order, page by page.',
      content: { [mediaType.json]: segmentList },
    },
    async answers(call) {
      const { topic_name: topic, partition_id: partition } = call.params;
      const { from_offset: fromOffset = 0, page_size: maxSegments = PAGE_SIZE } = call.query;
      const listed = await listSegments(call.services, { topic, partition, fromOffset, maxSegments });
      const self = selfOf(call);
      const next =
        listed.nextOffset === undefined ? null : `${self}?from_offset=${listed.nextOffset}&page_size=${maxSegments}`;
      const data = await Promise.all(listed.segments.map(segment => describe(call, segment)));
      return json({ kind: 'MillraceSegmentList', metadata: { self, next }, data });
    },
  }),
];

const selfOf = ({ params: { cluster_id, topic_name, partition_id }, links }: SegmentsCall): string =>
  links.to('v3', 'clusters', cluster_id, 'topics', topic_name, 'partitions', partition_id, 'segments');

async function describe(call: SegmentsCall, segment: ListedSegment): Promise<z.infer<typeof segmentData>> {
  return {
    base_offset: segment.baseOffset,
    last_offset: segment.nextOffset - 1,
    size_in_bytes: segment.sizeInBytes,
    max_timestamp: segment.maxTimestamp,
    url: await urlOf(call, segment.objectKey),
  };
}

const urlOf = async ({ services: { objectLinks }, links }: SegmentsCall, objectKey: string): Promise<string> =>
  objectLinks ? objectLinks.urlOf(objectKey) : links.to(...objectKey.split('/'));
