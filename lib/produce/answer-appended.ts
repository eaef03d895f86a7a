/**
 * The last look before an answer: a record may be acknowledged only while its topic's name still means the topic.
 */
import type { LogServices } from '../log/log-services.ts';
import type { Topic } from '../log/topic-directory.ts';
import { MillraceError } from '../protocol/errors.ts';

/** The results, or, where the topic is gone or cannot be read, that nothing is known of those that would have been acknowledged. */
export async function answerAppended<R extends object>(
  { topics }: LogServices,
  topic: Topic,
  results: readonly R[],
): Promise<readonly (R | { readonly error: MillraceError })[]> {
  if (await isStill(topics, topic)) return results;
  const detail = `topic '${topic.name}' may have been deleted while the records were on their way`;
  const error = new MillraceError('OUTCOME_UNKNOWN', detail);
  return results.map(result => ('error' in result ? result : { error }));
}

/** The records are stored by now: a failure to read the topic must not say that they are not. */
async function isStill(topics: LogServices['topics'], topic: Topic): Promise<boolean> {
  try {
    return await topics.mayAnswer(topic);
  } catch (error) {
    if (error instanceof MillraceError) return false;
    throw error;
  }
}
