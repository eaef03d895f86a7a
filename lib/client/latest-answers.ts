/** Keys as a request for their newest records has them, and the answers of newest records. */
import { limits } from '../protocol/limits.ts';
import type { LatestBody, ReadRecord, SnapshotBody, SnapshotPage } from './api-shapes.ts';
import { type ApiAnswer, bodyOf } from './exchange.ts';
import { answeredError } from './request-error.ts';

/** Of a query's keys; front doors take URLs of some KB. A key that is longer goes alone. */
const QUERY_LENGTH = 4_096;

/** As HTTP has it of what is there, but not as JSON. */
const UNREADABLE = 422;

/** Keys as base64 of their JSON text, which is what a produced key is stored as, in groups that fit a request. */
export function keyGroups(keys: readonly unknown[]): readonly (readonly string[])[] {
  const groups: string[][] = [];
  let length = 0;
  for (const key of keys) {
    const text = JSON.stringify(key);
    if (text === undefined || text === 'null') throw new TypeError('no record has the key null; give any other JSON');
    const encoded = Buffer.from(text).toString('base64');
    const last = groups.at(-1);
    length += encoded.length;
    if (last && last.length < limits.keysPerLookup && length <= QUERY_LENGTH) last.push(encoded);
    else {
      groups.push([encoded]);
      length = encoded.length;
    }
  }
  return groups;
}

export function keyQuery(keys: readonly string[], partition: number | undefined): string {
  const query = new URLSearchParams(keys.map((key): [string, string] => ['key', key]));
  query.set('key_format', 'base64');
  if (partition !== undefined) query.set('partition', String(partition));
  return `?${query}`;
}

/** Of the first keys that were asked for. @throws RequestError where one of them cannot be told */
export function latestOf(answer: ApiAnswer): readonly (ReadRecord | undefined)[] {
  const { data } = bodyOf<LatestBody>(answer);
  if (data.length === 0) throw new Error('the server answers none of the keys that it was asked for');
  return data.map(({ record, error_code: errorCode, message }) => {
    if (message !== undefined) throw answeredError({ status: UNREADABLE, message, errorCode });
    return record ?? undefined;
  });
}

/** A page, and the token of the next one. */
export function snapshotPageOf(answer: ApiAnswer): SnapshotPage & { readonly next: string | null } {
  const { metadata, data, follow_offset: followOffset, high_watermark: highWatermark } = bodyOf<SnapshotBody>(answer);
  const records = data.flatMap(each => ('message' in each ? [] : each));
  const unreadable = data.flatMap(each => ('message' in each ? { offset: each.offset, error: each.message } : []));
  const next = metadata.next && new URL(metadata.next).searchParams.get('page_token');
  return { records, unreadable, followOffset, highWatermark, next };
}
