/** Whether records can end where a trigger's settings say. */
import { MillraceError } from '../protocol/errors.ts';
import type { TriggerIdentity, TriggerSettings } from './cells.ts';
import { topicOfDestination } from './give-up.ts';
import type { TriggerServices } from './services.ts';

/** @throws MillraceError INVALID_REQUEST, UNKNOWN_TOPIC */
export async function checkDestination(
  { topics: directory, refusalOfDestination }: TriggerServices,
  { onFailure, topics }: Pick<TriggerSettings, 'onFailure'> & Pick<TriggerIdentity, 'topics'>,
): Promise<void> {
  if (onFailure === undefined) return;
  const topic = topicOfDestination(onFailure);
  if (topic === undefined) return refuse(onFailure, refusalOfDestination(onFailure));
  if (topics.includes(topic)) return refuse(onFailure, 'the trigger reads this topic, and would set itself off');
  await directory.read(topic);
}

function refuse(onFailure: string, refusal: string | undefined): void {
  if (refusal) throw new MillraceError('INVALID_REQUEST', `on-failure destination '${onFailure}': ${refusal}`);
}
