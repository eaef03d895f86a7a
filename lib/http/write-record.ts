/** Records as JSON text: keys and values as base64, or as the JSON that they are. */
import * as z from 'zod';
import { limits } from '../protocol/limits.ts';
import type { LogRecord, RecordHeader } from '../record/record.ts';
import { encodeBase64 } from './base64.ts';
import { HttpError } from './http-error.ts';
import { checkJson } from './json/json-scanner.ts';
import { isPrintable } from './json/printable.ts';

/** How keys and values are written. */
export type DataFormat = 'binary' | 'json';

/** Where a record stands, for its own members and for what is said of it. */
export interface RecordPlace {
  readonly topic: string;
  readonly partition: number;
}

export interface RecordStyle extends RecordPlace {
  readonly format: DataFormat;
  /** Whether each record names its partition. */
  readonly isPlaced: boolean;
}

const header = z.object({
  key: z.string(),
  value: z.string().nullable().meta({ contentEncoding: 'base64' }),
});

/** A record of a partition that is already named. */
export const recordOf = (data: z.ZodType) =>
  z.object({
    offset: z.int(),
    timestamp: z.int().meta({ description: 'Milliseconds since the epoch; -1 for none.' }),
    key: data,
    value: data,
    headers: z.array(header),
  });

/** A record that names its partition. */
export const placedRecordOf = (data: z.ZodType) =>
  z.object({ topic: z.string(), partition: z.int(), ...recordOf(data).shape });

export const binaryData = z.string().nullable().meta({ contentEncoding: 'base64' });
export const jsonData = z.unknown().meta({ description: 'The JSON that is stored, as it is; null for none.' });

/** A record that is not JSON, read as JSON. A reader can step over it: its offset is in the message. */
export class DeserializationError extends HttpError {
  constructor(part: 'key' | 'value', { topic, partition }: RecordPlace, offset: number, cause: unknown) {
    const message = `${part} deserialization error for format json: ${topic}-${partition} at offset ${offset}`;
    super(422, message, { errorCode: 42203, cause });
  }
}

/** A record that no answer holds in this format. A reader can step over it, or read it raw. */
export class RecordTooLargeError extends HttpError {
  constructor({ topic, partition }: RecordPlace, offset: number, sizeInBytes: number) {
    const limit = `an answer holds ${limits.recordAnswerBytes} bytes: read it as raw record batches`;
    super(413, `${topic}-${partition} at offset ${offset} takes ${sizeInBytes} bytes in this format, ${limit}`);
  }
}

/** Text with its size in UTF-8, which is known from the bytes that it was made of: to count it anew would take longer than to write it. */
export interface SizedText {
  readonly text: string;
  readonly sizeInBytes: number;
}

/** @throws DeserializationError, RecordTooLargeError */
export function writeRecord(record: LogRecord, style: RecordStyle): SizedText {
  const written = textOf(record, style);
  if (written.sizeInBytes <= limits.recordAnswerBytes) return written;
  throw new RecordTooLargeError(style, record.offset, written.sizeInBytes);
}

function textOf(record: LogRecord, style: RecordStyle): SizedText {
  const { topic, partition, isPlaced } = style;
  const [key, value] = [writeData('key', record, style), writeData('value', record, style)];
  const headers = writeHeaders(record.headers);
  const place = isPlaced ? `"topic":${JSON.stringify(topic)},"partition":${partition},` : '';
  const time = `"offset":${record.offset},"timestamp":${record.timestamp}`;
  const text = `{${place}${time},"key":${key.text},"value":${value.text},"headers":${headers.text}}`;
  // all else is ASCII, the topic's name too
  return { text, sizeInBytes: [key, value, headers].reduce((size, part) => size + beyondAscii(part), text.length) };
}

const beyondAscii = ({ text, sizeInBytes }: SizedText): number => sizeInBytes - text.length;

const asciiText = (text: string): SizedText => ({ text, sizeInBytes: text.length });

function writeData(part: 'key' | 'value', record: LogRecord, style: RecordStyle): SizedText {
  const bytes = record[part];
  if (bytes === null) return asciiText('null');
  if (style.format === 'binary') return asciiText(`"${encodeBase64(bytes)}"`);
  try {
    return { text: checkedJson(bytes), sizeInBytes: bytes.byteLength };
  } catch (cause) {
    throw new DeserializationError(part, style, record.offset, cause);
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text itself, so that nothing of it changes, once it is known to be JSON. */
function checkedJson(bytes: Uint8Array): string {
  const text = utf8.decode(bytes);
  checkJson(text, { isPrintable: isPrintable(bytes) });
  return text;
}

function writeHeaders(headers: readonly RecordHeader[]): SizedText {
  if (headers.length === 0) return asciiText('[]');
  const text = JSON.stringify(headers.map(({ key, value }) => ({ key, value: value && encodeBase64(value) })));
  return { text, sizeInBytes: Buffer.byteLength(text) };
}
