/** Bodies that are JSON. */
import type * as z from 'zod';
import { check } from './check.ts';
import { HttpError } from './http-error.ts';
import { JsonSyntaxError } from './json/json-scanner.ts';
import { isPrintable } from './json/printable.ts';
import { type KeptMembers, readJson, type SourceText } from './json/read-json.ts';
import { mediaType } from './media-type.ts';
import type { BodyOf } from './route.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The text of a body; 422 for an empty one, 400 for bytes that are not UTF-8. */
export function readText(bytes: Uint8Array): SourceText {
  if (bytes.byteLength === 0) throw new HttpError(422, 'the body is empty');
  try {
    const text = utf8.decode(bytes);
    // any other character takes more bytes than it is long
    const ascii = text.length === bytes.byteLength ? bytes : undefined;
    return { text, ascii, isPrintable: isPrintable(bytes) };
  } catch (cause) {
    throw new HttpError(400, 'the body is not UTF-8', { cause });
  }
}

/** The JSON value of a body; 400 for what is none. */
export function readJsonBody(bytes: Uint8Array, kept?: KeptMembers): unknown {
  try {
    return readJson(readText(bytes), kept);
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw new HttpError(400, error.message, { cause: error });
    throw error;
  }
}

/** The body as the schema has it; 422 for what does not fit. */
export function checkBody<T>(schema: z.ZodType<T>, value: unknown, errorCode = 422): T {
  const checked = check(schema, value);
  if (checked.ok) return checked.value;
  throw new HttpError(422, checked.message, { errorCode });
}

/** A body of plain JSON. @param kept what the schema takes as text */
export const jsonBody = <T>(schema: z.ZodType<T>, kept?: KeptMembers): BodyOf<T> => ({
  content: { [mediaType.json]: schema },
  read: bytes => checkBody(schema, readJsonBody(bytes, kept)),
});

/** The same, that may be left out. */
export const optionalJsonBody = <T>(schema: z.ZodType<T>): BodyOf<T | undefined> => ({
  content: { [mediaType.json]: schema },
  isOptional: true,
  read: bytes => (bytes.byteLength === 0 ? undefined : checkBody(schema, readJsonBody(bytes))),
});
