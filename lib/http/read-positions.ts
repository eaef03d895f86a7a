/** Reading on from the positions of one consumer, partition by partition, into one answer. */
import { type FetchResult, fetchPartitions } from '../fetch/fetch-partitions.ts';
import { MillraceError } from '../protocol/errors.ts';
import { limits } from '../protocol/limits.ts';
import type { Call } from './route.ts';
import { waitMs } from './wait.ts';
import { type DataFormat, DeserializationError, RecordTooLargeError } from './write-record.ts';
import { AnswerRoom, writeRecords } from './write-records.ts';

/** A consumer without partitions is not kept waiting longer: some may become its own. */
const IDLE_WAIT_MS = 1_000;

export interface PositionToRead {
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
  readonly position: number;
}

export interface ReadPositionsParams {
  readonly positions: readonly PositionToRead[];
  readonly format: DataFormat;
  /** Whether each record names its partition. */
  readonly isPlaced: boolean;
  readonly maxBytes: number;
  readonly minBytes: number;
  readonly maxWaitMs: number;
  /** What the answer says beside records and errors, in bytes. */
  readonly frameBytes: number;
}

/** What was read of one partition. */
export interface PositionRead {
  /** The records, as JSON texts with commas between. */
  readonly records: string;
  /** To read next. */
  readonly nextOffset: number;
  readonly highWatermark: number;
  /** Why nothing was read, if that is so. */
  readonly error?: MillraceError | DeserializationError | RecordTooLargeError;
}

type AnyCall = Call<unknown, unknown, unknown>;

/** @returns one for each position, in their order */
export async function readPositions(call: AnyCall, params: ReadPositionsParams): Promise<readonly PositionRead[]> {
  const { positions } = params;
  const maxBytes = Math.min(params.maxBytes, limits.answerBytes);
  // whoever comes first has the room: every partition does in its turn, of more than one fetch takes some
  const first = Math.floor(call.services.random.float() * positions.length);
  const turned = [...positions.slice(first), ...positions.slice(0, first)].slice(0, limits.partitionsPerFetch);
  const results = await fetchPartitions(call.services, {
    partitions: turned.map(({ topic, topicId, partition, position: offset }) => ({
      topic,
      topicId,
      partition,
      offset,
      maxBytes,
    })),
    maxBytes,
    minBytes: params.minBytes,
    maxWaitMs: waitMs(call, positions.length > 0 ? params.maxWaitMs : Math.min(IDLE_WAIT_MS, params.maxWaitMs)),
    isAbandoned: call.isAbandoned,
  });
  const errorBytes = results.reduce((sum, result) => sum + errorBytesOf(result), 0);
  const room = new AnswerRoom(limits.answerBytes - params.frameBytes - errorBytes, params.maxBytes);
  const written = new Map(turned.map((at, index) => [at, write(at, results[index] as FetchResult, params, room)]));
  return positions.map(at => written.get(at) ?? { records: '', nextOffset: at.position, highWatermark: -1 });
}

const errorBytesOf = (result: FetchResult): number =>
  'error' in result ? Buffer.byteLength(JSON.stringify({ message: result.error.message })) : 0;

function write(at: PositionToRead, result: FetchResult, params: ReadPositionsParams, room: AnswerRoom): PositionRead {
  const { topic, partition, position } = at;
  const stays = { records: '', nextOffset: position };
  if ('error' in result) return { ...stays, highWatermark: -1, error: result.error };
  const { format, isPlaced, maxBytes } = params;
  const { highWatermark } = result;
  try {
    const style = { topic, partition, offset: position, format, isPlaced, maxDataBytes: maxBytes, room };
    const { json, nextOffset } = writeRecords({ ...result, ...style });
    return { records: json.slice(1, -1), nextOffset, highWatermark };
  } catch (error) {
    if (isOfRecord(error)) return { ...stays, highWatermark, error };
    throw error;
  }
}

const isOfRecord = (error: unknown): error is MillraceError | DeserializationError | RecordTooLargeError =>
  error instanceof DeserializationError || error instanceof RecordTooLargeError || error instanceof MillraceError;
