/** What is checked of every record before it is stored. */
import { MillraceError } from '../protocol/errors.ts';
import { limits } from '../protocol/limits.ts';
import { isCompacted, type TopicConfigOverrides } from '../protocol/topic-config.ts';
import type { NewRecord } from '../record/record.ts';

/** Why the record is refused, or `undefined` when it is good. Its size is checked where batches are made. */
export function checkRecord(record: NewRecord, config: TopicConfigOverrides): MillraceError | undefined {
  const { key, headers, timestamp } = record;
  if (key === null && isCompacted(config)) {
    return new MillraceError('INVALID_RECORD', 'a record of a compacted topic needs a key');
  }
  if (!Number.isSafeInteger(timestamp) || timestamp < 0 || timestamp > limits.timestampMs) {
    return new MillraceError('INVALID_TIMESTAMP', `timestamp ${timestamp}, expected 0 to ${limits.timestampMs} ms`);
  }
  if (headers.length > limits.headersPerRecord) {
    const detail = `${headers.length} headers, the limit is ${limits.headersPerRecord}`;
    return new MillraceError('INVALID_RECORD', detail);
  }
  const longest = headers.find(header => Buffer.byteLength(header.key) > limits.headerKeyBytes);
  if (longest) {
    const bytes = Buffer.byteLength(longest.key);
    return new MillraceError('INVALID_RECORD', `a header key of ${bytes} bytes, the limit is ${limits.headerKeyBytes}`);
  }
  return undefined;
}
