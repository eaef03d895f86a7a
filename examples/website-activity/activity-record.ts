/** A request as a record: keyed by its visitor, at the request's own time. */
import type { JsonRecord, ReadRecord } from '../../lib/client/api-shapes.ts';
import type { LoggedRequest, Visit } from './access-log.ts';

export interface ActivityRecord extends JsonRecord {
  /** The visitor. */
  readonly key: string;
  readonly value: Visit;
  readonly timestamp: number;
}

export interface StoredActivity extends ActivityRecord {
  readonly offset: number;
}

export const toRecord = ({ visitor, ...visit }: LoggedRequest): ActivityRecord => ({
  key: visitor,
  value: visit,
  timestamp: Date.parse(visit.time),
});

/** @throws Error where a record is not one of ours */
export function checkActivity(record: ReadRecord): StoredActivity {
  if (isActivity(record)) return record;
  throw new Error(`the record at offset ${record.offset} is no request: ${JSON.stringify(record).slice(0, 200)}`);
}

/** All that was sent, as one text: two records are the same where their texts are. */
export const textOf = ({ key, value, timestamp }: ActivityRecord): string => JSON.stringify([key, timestamp, value]);

const isActivity = (record: ReadRecord): record is StoredActivity =>
  typeof record.key === 'string' &&
  typeof record.value === 'object' &&
  record.value !== null &&
  'path' in record.value &&
  typeof record.value.path === 'string';
