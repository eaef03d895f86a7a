/** What a developer is told of a trigger that fails: where the records are, and the error as the function threw it. */
import type { TriggerFailure } from '../triggers/run-report.ts';

/** @example 'millrace: trigger click-counts failed on click-0 offsets 17 to 42, attempt 3: TypeError: …' */
export function failureText(failure: TriggerFailure): string {
  const { trigger, topic, partition, firstOffset, lastOffset, failures, error, isGivenUp } = failure;
  const offsets = firstOffset === lastOffset ? `offset ${firstOffset}` : `offsets ${firstOffset} to ${lastOffset}`;
  const attempt = failures > 0 ? `, attempt ${failures}` : '';
  const end = isGivenUp ? ', given up' : '';
  return `millrace: trigger ${trigger} failed on ${topic}-${partition} ${offsets}${attempt}${end}: ${error}`;
}
