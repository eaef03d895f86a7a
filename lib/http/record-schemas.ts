/** Schemas of what records are made of, as clients write them. */
import * as z from 'zod';
import { limits } from '../protocol/limits.ts';
import { decodeBase64 } from './base64.ts';
import { JsonText } from './json/read-json.ts';

/** Bytes, as base64 of the standard alphabet with padding. */
export const base64 = z
  .string()
  .transform((text, context) => {
    const bytes = decodeBase64(text);
    if (bytes) return bytes;
    context.issues.push({ code: 'custom', input: text, message: 'not base64 (standard alphabet, with padding)' });
    return z.NEVER;
  })
  .meta({ type: 'string', contentEncoding: 'base64' });

/** Any JSON value, stored as its canonical text; null is no value. */
export const jsonValue = z
  .custom<JsonText | null>(value => value === null || value instanceof JsonText)
  .transform(value => value?.bytes ?? null)
  .meta({ description: 'Any JSON value; null for none.' });

/** What may be left out, or be null. */
export const optional = <T extends z.ZodType>(schema: T) => schema.nullish().transform(value => value ?? undefined);

export const isUnicode = (text: string): boolean => text.isWellFormed();

export const NOT_UNICODE = { error: 'not Unicode: it has half of a surrogate pair' };

/** Text that UTF-8 can write. */
export const unicode = z.string().refine(isUnicode, NOT_UNICODE);

/** Milliseconds since the epoch. Whether they are in range is checked record by record. */
export const timestampMs = z.int().meta({ description: `Milliseconds since the epoch, 0 to ${limits.timestampMs}.` });

/** The largest number that any partition could have, an int32 as in Kafka. */
export const MAX_PARTITION = 2_147_483_647;

/** A partition that a client chooses. Whether the topic has it is checked record by record. */
export const partitionNumber = z.int().min(0).max(MAX_PARTITION);
