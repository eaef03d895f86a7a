/** The newest record of each of some keys of a compacted topic. */
import * as z from 'zod';
import { type LatestRecord, latestRecords } from '../../fetch/latest-records.ts';
import { limits } from '../../protocol/limits.ts';
import { decodeBase64 } from '../base64.ts';
import { HttpError, viewOf } from '../http-error.ts';
import { mediaType } from '../media-type.ts';
import { decimal, v3Topic } from '../params.ts';
import { type Call, route } from '../route.ts';
import { binaryData, jsonData, recordOf, writeRecord } from '../write-record.ts';

/** Room for what an answer says beside its records, its links among it. */
const FRAME_BYTES = 64 * 1024;

const query = z.object({
  key: z
    .array(z.string(), { error: 'expected 1 key or more' })
    .min(1)
    .max(limits.keysPerLookup, { error: `more than ${limits.keysPerLookup} keys in one request` })
    .meta({ description: 'A key as it is stored; of one that is JSON, its text: `"alice"` with the quotes.' }),
  key_format: z
    .enum(['text', 'base64'])
    .optional()
    .meta({ description: 'How keys are given: as text, which is meant where it is left out, or as base64.' }),
  partition: decimal(
    0,
    limits.partitionsPerTopic - 1,
    'The partition of all keys; where it is left out, the one that records with the key are produced to.',
  ).optional(),
});

const answerOf = (data: z.ZodType) =>
  z.object({
    kind: z.literal('MillraceLatestRecordList'),
    metadata: z.object({
      self: z.string(),
      next: z.string().nullable().meta({ description: 'Asks for the keys that this answer had no room for.' }),
    }),
    data: z.array(
      z.object({
        partition: z.int(),
        key: z.string().meta({ description: 'As it was asked for.' }),
        record: recordOf(data)
          .nullable()
          .meta({ description: 'A tombstone has the value null; null where there is no record, or an error.' }),
        error_code: z.int().optional(),
        message: z.string().optional(),
      }),
    ),
  });

type Query = z.output<typeof query>;
type LatestCall = Call<z.output<typeof v3Topic>, Query, unknown>;

const binaryAnswer = answerOf(binaryData);
const jsonAnswer = answerOf(jsonData);

export const latestRoutes = [
  route({
    method: 'GET',
    path: '/v3/clusters/{cluster_id}/topics/{topic_name}/latest',
    servedBy: 'fetch',
    summary: 'Read the newest record of keys of a compacted topic',
    params: v3Topic,
    query,
    repeats: ['key'],
    answer: {
      status: 200,
      description: 'One answer for each key, in their order, as many as fit.',
      content: {
        [mediaType.json]: binaryAnswer,
        [mediaType.v2Binary]: binaryAnswer,
        [mediaType.v2Json]: jsonAnswer,
        [mediaType.v2]: binaryAnswer,
      },
    },
    async answers(call) {
      const { key: keys, key_format: format = 'text', partition } = call.query;
      const { topic_name: topic } = call.params;
      const request = { topic, keys: keys.map(key => bytesOf(key, format)), partition, maxBytes: limits.answerBytes };
      const found = await latestRecords(call.services, request, call.deadline);
      const data = write(call, found);
      const self = linkOf(call, keys);
      const next = data.length < keys.length ? linkOf(call, keys.slice(data.length)) : null;
      const metadata = JSON.stringify({ self, next });
      return { body: `{"kind":"MillraceLatestRecordList","metadata":${metadata},"data":[${data.join(',')}]}` };
    },
  }),
];

/** Bytes that are no UTF-8 have become U+FFFD: which they were nobody knows any more. */
function bytesOf(key: string, format: 'text' | 'base64'): Uint8Array {
  if (format === 'text') {
    if (key.isWellFormed() && !key.includes('\ufffd')) return Buffer.from(key);
    throw new HttpError(
      400,
      'key: a text with U+FFFD, or with bytes that are no UTF-8; give it with key_format=base64',
    );
  }
  const bytes = decodeBase64(key);
  if (bytes) return bytes;
  throw new HttpError(400, `key: '${key.slice(0, 60)}' is not base64; write + as %2B`);
}

/** The entries of the first keys, as many as fit, one at least. */
function write(call: LatestCall, found: readonly LatestRecord[]): readonly string[] {
  const written: string[] = [];
  let room = limits.answerBytes - FRAME_BYTES;
  for (const [index, latest] of found.entries()) {
    const text = writeEntry(call, call.query.key[index] ?? '', latest);
    room -= Buffer.byteLength(text) + 1;
    if (room < 0 && written.length > 0) break;
    written.push(text);
  }
  return written;
}

function writeEntry(call: LatestCall, key: string, { partition, record }: LatestRecord): string {
  const place = `"partition":${partition},"key":${JSON.stringify(key)}`;
  if (!record) return `{${place},"record":null}`;
  const format = call.accepted === mediaType.v2Json ? 'json' : 'binary';
  try {
    const { text } = writeRecord(record, { format, isPlaced: false, topic: call.params.topic_name, partition });
    return `{${place},"record":${text}}`;
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    const { errorCode, message } = viewOf(error, 'v3');
    return `{${place},"record":null,"error_code":${errorCode},"message":${JSON.stringify(message)}}`;
  }
}

function linkOf({ links, params, query }: LatestCall, keys: readonly string[]): string {
  const { key_format: format, partition } = query;
  const asked = new URLSearchParams(keys.map((key): [string, string] => ['key', key]));
  if (format !== undefined) asked.set('key_format', format);
  if (partition !== undefined) asked.set('partition', String(partition));
  return `${links.to('v3', 'clusters', params.cluster_id, 'topics', params.topic_name, 'latest')}?${asked}`;
}
