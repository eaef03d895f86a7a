/** Polling: the records that follow what a consumer instance was given before. */
import * as z from 'zod';
import type { ReadPositions, ReadRecords } from '../../groups/poll-instance.ts';
import { pollInstance } from '../../groups/poll-instance.ts';
import { MillraceError } from '../../protocol/errors.ts';
import { limits } from '../../protocol/limits.ts';
import { POLL_ID, v2Instance } from '../consumer-params.ts';
import { HttpError } from '../http-error.ts';
import { acceptedType, type MediaType, mediaType } from '../media-type.ts';
import { decimal } from '../params.ts';
import { readPositions } from '../read-positions.ts';
import { type Call, route } from '../route.ts';
import { binaryData, type DataFormat, jsonData, placedRecordOf } from '../write-record.ts';

/** An answer in another format than the instance was made for. */
const FORMAT_MISMATCH = 40601;

/** The brackets of the array. */
const FRAME_BYTES = 2;

const query = z.object({
  timeout: decimal(
    0,
    limits.fetchWaitMs,
    "How long to wait, in milliseconds; the instance's, where it is left out.",
  ).optional(),
  max_bytes: decimal(1, limits.fetchBytes, 'Largest sum of keys and values.').optional(),
});

type PollCall = Call<z.output<typeof v2Instance>, z.output<typeof query>, unknown>;

const binaryRecords = z.array(placedRecordOf(binaryData));
const jsonRecords = z.array(placedRecordOf(jsonData));

export const consumerRecordRoutes = [
  route({
    method: 'GET',
    path: '/consumers/{group}/instances/{instance}/records',
    servedBy: 'groups',
    summary: 'Records for a consumer instance, from its positions on',
    params: v2Instance,
    query,
    isSpentByReading: true,
    answer: {
      status: 200,
      description: 'Records of its partitions; none, where none came in time. Each request is a heartbeat.',
      content: {
        [mediaType.v2Binary]: binaryRecords,
        [mediaType.v2Json]: jsonRecords,
        [mediaType.v2]: z.union([binaryRecords, jsonRecords]),
        [mediaType.v2Default]: z.union([binaryRecords, jsonRecords]),
        [mediaType.json]: z.union([binaryRecords, jsonRecords]),
      },
      headers: {
        [POLL_ID]:
          'Names this answer. A client that sends it with its next request, and an empty one with its first, gets again what it did not receive.',
      },
    },
    async answers(call) {
      const { group, instance } = call.params;
      const { clock } = call.services;
      const began = clock.monotonic();
      const { answer, pollId } = await pollInstance(call.services, {
        groupId: group,
        instanceId: instance,
        pollId: call.header(POLL_ID),
        read: positions => read(call, positions, clock.monotonic() - began),
      });
      return { body: answer.body, headers: { 'Content-Type': answer.type, [POLL_ID]: pollId } };
    },
  }),
];

interface Page {
  readonly body: string;
  readonly type: MediaType;
}

/** @param waitedMs since the request came: one that has to begin again waits no longer for that */
async function read(
  call: PollCall,
  { instance, held, maxWaitMs }: ReadPositions,
  waitedMs: number,
): Promise<ReadRecords<Page>> {
  const { timeout = instance.requestTimeoutMs, max_bytes: maxBytes = limits.answerBytes } = call.query;
  const type = answerType(call, instance.format);
  const reads = await readPositions(call, {
    positions: held,
    format: instance.format,
    isPlaced: true,
    maxBytes,
    minBytes: instance.fetchMinBytes,
    maxWaitMs: Math.max(0, Math.min(timeout, maxWaitMs) - waitedMs),
    frameBytes: FRAME_BYTES + held.length,
  });
  const records = reads.map(each => each.records).filter(text => text !== '');
  const isEmpty = records.length === 0;
  const ofRecord = reads.find(({ error }) => error instanceof HttpError);
  // where others have records it is told when it is the first
  if (isEmpty && ofRecord?.error) throw ofRecord.error;
  const next = reads.map(({ error, nextOffset }) => (error instanceof MillraceError ? error : nextOffset));
  return { answer: { body: `[${records.join(',')}]`, type }, next, isEmpty };
}

const typeOf = { binary: mediaType.v2Binary, json: mediaType.v2Json } as const;

/** The type to answer with: of those that say nothing of the format, the one that the client names, else that of the format. */
function answerType({ header }: PollCall, format: DataFormat): MediaType {
  const own = typeOf[format];
  const accepted = acceptedType(header('accept'), [own, ...anyFormat, ...Object.values(typeOf)]);
  if (accepted === own || anyFormat.some(type => type === accepted)) return accepted;
  throw new HttpError(406, `the consumer instance reads ${format} records, accept ${own}`, {
    errorCode: FORMAT_MISMATCH,
  });
}

const anyFormat = [mediaType.v2, mediaType.v2Default, mediaType.json] as const;
