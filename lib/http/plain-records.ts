/**
 * Records of a v2 produce request as nearly all are: keys and values, perhaps a partition and a timestamp, and nothing else in
 * the body. They are taken as they are, for a schema costs more than all else that is done with a small record.
 *
 * Invariant: what is taken becomes just what the schema makes of it. Whatever is not so plain, be it right or wrong, is left to
 * the schema, which also says what is wrong with it.
 */
import type { RecordToProduce } from '../produce/produce-records.ts';
import { limits } from '../protocol/limits.ts';
import { decodeBase64 } from './base64.ts';
import { JsonText } from './json/read-json.ts';
import { MAX_PARTITION } from './record-schemas.ts';

export interface PlainForm {
  /** The bytes of a key or a value; `undefined` for what is none. */
  readonly bytesOf: (data: unknown) => Uint8Array | undefined;
  /** Whether a record may name its partition. */
  readonly isPlaced: boolean;
}

export const bytesOfJson = (data: unknown): Uint8Array | undefined =>
  data instanceof JsonText ? data.bytes : undefined;

export const bytesOfBase64 = (data: unknown): Uint8Array | undefined =>
  typeof data === 'string' ? decodeBase64(data) : undefined;

/** The records of a body, if all of it is plain. */
export function plainRecords(body: unknown, form: PlainForm): readonly RecordToProduce[] | undefined {
  const records = onlyRecords(body);
  if (!records || records.length === 0 || records.length > limits.recordsPerRequest) return undefined;
  const plain: RecordToProduce[] = [];
  for (const record of records) {
    const taken = plainRecord(record, form);
    if (!taken) return undefined;
    plain.push(taken);
  }
  return plain;
}

/** The list of an object that has no other member. */
function onlyRecords(body: unknown): readonly unknown[] | undefined {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return undefined;
  const members = Object.entries(body);
  const [name, value] = members[0] ?? [];
  return members.length === 1 && name === 'records' && Array.isArray(value) ? value : undefined;
}

function plainRecord(record: unknown, { bytesOf, isPlaced }: PlainForm): RecordToProduce | undefined {
  if (typeof record !== 'object' || record === null || Array.isArray(record)) return undefined;
  const plain: { -readonly [Name in keyof RecordToProduce]: RecordToProduce[Name] } = { key: null, value: null };
  const members = record as Readonly<Record<string, unknown>>;
  for (const name in members) {
    const member = members[name];
    if (name === 'key' || name === 'value') {
      const bytes = member === null ? null : bytesOf(member);
      if (bytes === undefined) return undefined;
      plain[name] = bytes;
    } else if (name === 'timestamp' && Number.isSafeInteger(member)) plain.timestamp = member as number;
    else if (name === 'partition' && isPlaced && isPartition(member)) plain.partition = member;
    else return undefined;
  }
  return plain;
}

const isPartition = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_PARTITION;
