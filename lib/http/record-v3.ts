/** A record as v3 writes it. */
import * as z from 'zod';
import type { RecordToProduce } from '../produce/produce-records.ts';
import { decodeBase64 } from './base64.ts';
import { isoTimestamp } from './iso-timestamp.ts';
import { JsonText } from './json/read-json.ts';
import { base64, MAX_PARTITION, optional, unicode } from './record-schemas.ts';

/** How a key or value is written; those that need a schema registry are not supported. */
const dataTypes = ['BINARY', 'JSON', 'STRING'] as const;
type DataType = (typeof dataTypes)[number];

interface TypedBytes {
  readonly type: DataType;
  readonly bytes: Uint8Array | null;
}

const typedData = z
  .strictObject({
    type: z.enum(dataTypes),
    data: z
      .custom<JsonText | null>(value => value === null || value instanceof JsonText)
      .default(null)
      .meta({ description: 'Base64 for BINARY, text for STRING, any JSON for JSON; null for none.' }),
  })
  .transform(({ type, data }, context): TypedBytes => {
    const bytes = data && bytesOf(type, data);
    if (bytes !== undefined) return { type, bytes };
    context.issues.push({ code: 'custom', input: data, path: ['data'], message: misfit[type] });
    return z.NEVER;
  });

const misfit: Readonly<Record<DataType, string>> = {
  BINARY: 'not base64 (standard alphabet, with padding)',
  JSON: 'not JSON',
  STRING: 'not a string of Unicode',
};

/** The bytes to store, or `undefined` where the data is not of its type. */
function bytesOf(type: DataType, { text }: JsonText): Uint8Array | undefined {
  if (type === 'JSON') return Buffer.from(text);
  const data: unknown = text.startsWith('"') ? JSON.parse(text) : undefined;
  if (typeof data !== 'string') return undefined;
  if (type === 'BINARY') return decodeBase64(data);
  return data.isWellFormed() ? Buffer.from(data) : undefined;
}

export const recordFields = {
  partition_id: optional(z.int().max(MAX_PARTITION)),
  headers: optional(z.array(z.strictObject({ name: unicode, value: base64.nullable().default(null) }))),
  key: optional(typedData),
  value: optional(typedData),
  timestamp: optional(isoTimestamp),
};

export const recordV3 = z.strictObject(recordFields);

export type RecordV3 = z.output<typeof recordV3>;

export function toRecord({ partition_id, headers, key, value, timestamp }: RecordV3): RecordToProduce {
  return {
    partition: partition_id,
    key: key?.bytes ?? null,
    value: value?.bytes ?? null,
    headers: headers?.map(header => ({ key: header.name, value: header.value })),
    timestamp,
  };
}
