/**
 * Kafka's rule for topic names: 1 to 249 of `[a-zA-Z0-9._-]`, and neither `.` nor `..`.
 *
 * Source: `org.apache.kafka.common.internals.Topic`.
 */
import { MillraceError } from './errors.ts';
import { limits } from './limits.ts';

const LEGAL_CHARACTERS = /^[a-zA-Z0-9._-]+$/;

/** Whether a topic can have the name. */
export const isTopicName = (name: string): boolean =>
  name.length <= limits.topicNameLength && name !== '.' && name !== '..' && LEGAL_CHARACTERS.test(name);

/** Returns the name, or throws INVALID_TOPIC that says which part of the rule it breaks. */
export function checkTopicName(name: string): string {
  if (name === '') throw new MillraceError('INVALID_TOPIC', 'the topic name is empty');
  if (name === '.' || name === '..') throw new MillraceError('INVALID_TOPIC', `the topic name must not be '${name}'`);
  if (name.length > limits.topicNameLength) {
    const shown = `${name.slice(0, 20)}…`;
    throw new MillraceError(
      'INVALID_TOPIC',
      `the topic name '${shown}' has ${name.length} characters, the limit is ${limits.topicNameLength}`,
    );
  }
  if (!LEGAL_CHARACTERS.test(name)) {
    throw new MillraceError('INVALID_TOPIC', `the topic name '${name}' has characters other than [a-zA-Z0-9._-]`);
  }
  return name;
}
