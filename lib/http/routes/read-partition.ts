/** Reading one partition from an offset, without a group. */
import * as z from 'zod';
import { type FetchRequest, fetchPartitions } from '../../fetch/fetch-partitions.ts';
import type { ReadResult } from '../../log/log-reader.ts';
import { limits } from '../../protocol/limits.ts';
import { mediaType } from '../media-type.ts';
import { decimal, v2Partition } from '../params.ts';
import type { Reply } from '../reply.ts';
import { route } from '../route.ts';
import { waitMs } from '../wait.ts';
import { binaryData, jsonData, placedRecordOf } from '../write-record.ts';
import { AnswerRoom, writeRecords } from '../write-records.ts';

const query = z.object({
  offset: decimal(0, limits.offset, 'The first offset to read.'),
  timeout: decimal(0, limits.fetchWaitMs, 'How long to wait at the end of the log, in milliseconds.'),
  max_bytes: decimal(1, limits.fetchBytes, 'Largest sum of keys and values; of raw batches, of their bytes.'),
});

const binaryRecords = z.array(placedRecordOf(binaryData));
const jsonRecords = z.array(placedRecordOf(jsonData));

/** The brackets of the array. */
const FRAME_BYTES = 2;

export const readPartitionRoutes = [
  route({
    method: 'GET',
    path: '/topics/{topic}/partitions/{partition}/records',
    servedBy: 'fetch',
    summary: 'Read records of a partition from an offset',
    params: v2Partition,
    query,
    answer: {
      status: 200,
      description: 'The records from the offset on; none at the end of the log.',
      content: {
        [mediaType.v2Binary]: binaryRecords,
        [mediaType.v2Json]: jsonRecords,
        [mediaType.recordBatch]: 'bytes',
        [mediaType.v2]: binaryRecords,
        [mediaType.v2Default]: binaryRecords,
        [mediaType.json]: binaryRecords,
      },
      headers: {
        'Millrace-High-Watermark': 'The end of the log.',
        'Millrace-Log-Start-Offset': 'The first offset that can be read.',
        'Millrace-Next-Offset': 'The offset to ask for next.',
      },
    },
    async answers(call) {
      const { topic, partition } = call.params;
      const { offset, max_bytes: dataBytes } = call.query;
      const maxBytes = Math.min(dataBytes, limits.answerBytes);
      const [result] = await fetchPartitions(call.services, {
        partitions: [{ topic, partition, offset, maxBytes }],
        maxBytes,
        maxWaitMs: waitMs(call, call.query.timeout),
        minBytes: 1,
        isRaw: call.accepted === mediaType.recordBatch,
        isAbandoned: call.isAbandoned,
      } satisfies FetchRequest);
      if (!result || 'error' in result) throw result?.error;
      if (call.accepted === mediaType.recordBatch) return rawReply(result);
      const { json, nextOffset } = writeRecords({
        ...result,
        topic,
        partition,
        offset,
        format: call.accepted === mediaType.v2Json ? 'json' : 'binary',
        isPlaced: true,
        maxDataBytes: dataBytes,
        room: new AnswerRoom(limits.answerBytes - FRAME_BYTES, dataBytes),
      });
      return { body: json, headers: offsetHeaders({ ...result, nextOffset }) };
    },
  }),
];

/** The batches as they are stored, whole; the first may begin below the offset. */
function rawReply(result: ReadResult): Reply {
  return {
    body: Buffer.concat(result.batches.map(batch => batch.bytes)),
    headers: offsetHeaders(result),
  };
}

const offsetHeaders = ({ highWatermark, logStartOffset, nextOffset }: Omit<ReadResult, 'batches'>) => ({
  'Millrace-High-Watermark': String(highWatermark),
  'Millrace-Log-Start-Offset': String(logStartOffset),
  'Millrace-Next-Offset': String(nextOffset),
});
