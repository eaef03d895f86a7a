/**
 * The segments of a partition, for readers that pull them straight from the store.
 *
 * The list never rests on a belief: whoever finds that a segment has been replaced and swept lists again, and gets those that
 * hold now.
 */
import type { LogServices } from '../log/log-services.ts';
import type { LogSegment } from '../log/segment.ts';

export interface ListSegmentsRequest {
  readonly topic: string;
  readonly partition: number;
  /** The list begins with the segment that holds it, or with the first where it is below the log start. */
  readonly fromOffset: number;
  readonly maxSegments: number;
}

/** One that has an object. */
export type ListedSegment = LogSegment & { readonly objectKey: string };

export interface SegmentList {
  readonly segments: readonly ListedSegment[];
  /** Where the list goes on; nowhere without. */
  readonly nextOffset?: number;
}

/** One get, and one more for each part of the manifest that is not remembered. */
export function listSegments(services: LogServices, request: ListSegmentsRequest): Promise<SegmentList> {
  const { topic, partition, fromOffset, maxSegments } = request;
  return services.topics.withPartition(topic, partition, at => {
    const { reader } = services.logs.of(at);
    reader.forget();
    return reader.look(async log => {
      const segments: ListedSegment[] = [];
      for await (const segment of log.segments(fromOffset)) {
        if (!isListed(segment)) continue;
        if (segments.length === maxSegments) return { segments, nextOffset: segment.baseOffset };
        segments.push(segment);
      }
      return { segments };
    });
  });
}

/** What compaction emptied has nothing to pull. */
const isListed = (segment: LogSegment): segment is ListedSegment => segment.objectKey !== undefined;
