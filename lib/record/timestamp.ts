/** Which timestamps a record may have. */
import { MillraceError } from '../protocol/errors.ts';
import { limits } from '../protocol/limits.ts';

/** Kafka's "no timestamp", the one negative value that its brokers let in. */
export const noTimestamp = -1;

export function refuseBadTimestamp(timestamp: number): void {
  if (Number.isInteger(timestamp) && timestamp >= noTimestamp && timestamp <= limits.timestampMs) return;
  throw new MillraceError(
    'INVALID_TIMESTAMP',
    `${timestamp} is not a time in milliseconds from 0 to ${limits.timestampMs}, or ${noTimestamp} for none`,
  );
}
