/** DeleteRecords for several partitions of a topic, each for itself: an error of one is that partition's alone. */
import type { LogServices } from '../log/log-services.ts';
import { sideBySide } from '../log/side-by-side.ts';
import { MillraceError } from '../protocol/errors.ts';
import { type DeleteRecordsRequest, deleteRecords } from './delete-records.ts';

export interface DeleteTopicRecordsRequest {
  readonly topic: string;
  readonly partitions: readonly Omit<DeleteRecordsRequest, 'topic'>[];
}

export type DeletedRecords = { readonly logStartOffset: number } | { readonly error: MillraceError };

/**
 * @returns one result per partition, in their order
 * @throws MillraceError UNKNOWN_TOPIC
 */
export async function deleteTopicRecords(
  services: LogServices,
  { topic, partitions }: DeleteTopicRecordsRequest,
): Promise<readonly DeletedRecords[]> {
  await services.topics.resolve(topic);
  return sideBySide(partitions, async asked => {
    try {
      return { logStartOffset: await deleteRecords(services, { topic, ...asked }) };
    } catch (error) {
      if (error instanceof MillraceError) return { error };
      throw error;
    }
  });
}
