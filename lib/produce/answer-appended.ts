/**
 * The last look before an answer: a record may be acknowledged only while its topic's name still means the topic.
 */
import type { LogServices } from '../log/log-services.ts';
import type { Topic } from '../log/topic-directory.ts';
import { MillraceError } from '../protocol/errors.ts';

/** The results, or, where the topic is gone, that nothing is known of those that would have been acknowledged. */
export async function answerAppended<R extends object>(
  { topics }: LogServices,
  topic: Topic,
  results: readonly R[],
): Promise<readonly (R | { readonly error: MillraceError })[]> {
  if (await topics.mayAnswer(topic)) return results;
  const error = new MillraceError(
    'OUTCOME_UNKNOWN',
    `topic '${topic.name}' was deleted while the records were on their way`,
  );
  return results.map(result => ('error' in result ? result : { error }));
}
