/** The newest record of every key of a partition, page by page, and the offset from which to follow it. */
import * as z from 'zod';
import { type SnapshotPage, snapshotRecords } from '../../fetch/snapshot-records.ts';
import { limits } from '../../protocol/limits.ts';
import type { LogRecord } from '../../record/record.ts';
import { HttpError, viewOf } from '../http-error.ts';
import { mediaType } from '../media-type.ts';
import { decimal, v3Partition } from '../params.ts';
import { type Call, route } from '../route.ts';
import { binaryData, jsonData, recordOf, writeRecord } from '../write-record.ts';
import { readToken, writeToken } from './snapshot-token.ts';

const MIB = 1024 * 1024;

/** Room for what an answer says beside its records. */
const FRAME_BYTES = 4 * 1024;

const query = z.object({
  page_token: z.string().optional().meta({ description: 'From the link of the page before; none for the first one.' }),
  max_bytes: decimal(
    1,
    limits.fetchBytes,
    'Largest sum of keys and values, and of 64 bytes a record; 1 MiB where it is left out.',
  ).optional(),
});

/** A record that no answer holds in this format; it can be read in another, or raw, at its offset. */
const unwritten = z.object({ offset: z.int(), error_code: z.int(), message: z.string() });

const answerOf = (data: z.ZodType) =>
  z.object({
    kind: z.literal('MillraceSnapshot'),
    metadata: z.object({ self: z.string(), next: z.string().nullable() }),
    follow_offset: z.int().meta({ description: 'From which to follow the partition; the same on every page.' }),
    high_watermark: z.int().meta({ description: 'How far to follow until what was read is complete.' }),
    data: z.array(z.union([recordOf(data), unwritten])),
  });

type SnapshotCall = Call<z.output<typeof v3Partition>, z.output<typeof query>, unknown>;

const binaryAnswer = answerOf(binaryData);
const jsonAnswer = answerOf(jsonData);

export const snapshotRoutes = [
  route({
    method: 'GET',
    path: '/v3/clusters/{cluster_id}/topics/{topic_name}/partitions/{partition_id}/records:snapshot',
    servedBy: 'fetch',
    summary: 'Read the newest record of every key of a partition of a compacted topic',
    params: v3Partition,
    query,
    answer: {
      status: 200,
      description: 'A page of them, in the order of their offsets. It may be empty and have a next one.',
      content: {
        [mediaType.json]: binaryAnswer,
        [mediaType.v2Binary]: binaryAnswer,
        [mediaType.v2Json]: jsonAnswer,
        [mediaType.v2]: binaryAnswer,
      },
    },
    async answers(call) {
      const { topic_name: topic, partition_id: partition } = call.params;
      const { page_token: token, max_bytes: asked = MIB } = call.query;
      const place = token === undefined ? undefined : readToken(token);
      const maxBytes = Math.min(asked, limits.answerBytes);
      const page = await snapshotRecords(call.services, { topic, partition, place, maxBytes }, call.deadline);
      const { data, offset } = write(call, page);
      const { endOffset } = page.place;
      const next = offset < endOffset ? linkOf(call, writeToken({ ...page.place, offset })) : null;
      const metadata = JSON.stringify({ self: linkOf(call, token), next });
      const ends = `"follow_offset":${endOffset},"high_watermark":${page.highWatermark}`;
      return { body: `{"kind":"MillraceSnapshot","metadata":${metadata},${ends},"data":[${data.join(',')}]}` };
    },
  }),
];

/** The first records, as many as fit but one at least, and the offset behind them. */
function write(call: SnapshotCall, { records, place }: SnapshotPage) {
  const data: string[] = [];
  let room = limits.answerBytes - FRAME_BYTES;
  for (const record of records) {
    const text = writeOrSay(call, record);
    room -= Buffer.byteLength(text) + 1;
    if (room < 0 && data.length > 0) return { data, offset: record.offset };
    data.push(text);
  }
  return { data, offset: place.offset };
}

/** No record ends a snapshot: of one that cannot be written, it is said why. */
function writeOrSay({ params, accepted }: SnapshotCall, record: LogRecord): string {
  const { topic_name: topic, partition_id: partition } = params;
  const format = accepted === mediaType.v2Json ? 'json' : 'binary';
  try {
    return writeRecord(record, { format, isPlaced: false, topic, partition }).text;
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    const { errorCode, message } = viewOf(error, 'v3');
    return JSON.stringify({ offset: record.offset, error_code: errorCode, message });
  }
}

function linkOf({ links, params, query }: SnapshotCall, token: string | undefined): string {
  const { cluster_id, topic_name, partition_id } = params;
  const asked = new URLSearchParams();
  if (token !== undefined) asked.set('page_token', token);
  if (query.max_bytes !== undefined) asked.set('max_bytes', String(query.max_bytes));
  const path = links.to('v3', 'clusters', cluster_id, 'topics', topic_name, 'partitions', partition_id);
  return `${path}/records:snapshot${asked.size > 0 ? `?${asked}` : ''}`;
}
