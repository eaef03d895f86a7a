/**
 * Producing raw record batches to a partition: checked on the way in, never re-encoded, stored all or none.
 */
import type { AppendBatch } from '../log/append-batch.ts';
import type { Deadline } from '../log/deadline.ts';
import type { LogServices } from '../log/log-services.ts';
import { MillraceError } from '../protocol/errors.ts';
import { limits } from '../protocol/limits.ts';
import { configValue, isCompacted, type TopicConfigOverrides } from '../protocol/topic-config.ts';
import { checkBatch } from '../record/check-batch.ts';
import { splitBatches } from '../record/split-batches.ts';
import { answerAppended } from './answer-appended.ts';
import { maxMessageBytes } from './make-batches.ts';

export interface ProduceBatchesRequest {
  readonly topic: string;
  readonly partition: number;
  /** One or more RecordBatch v2, end to end; the offsets in them mean nothing. */
  readonly bytes: Uint8Array;
  readonly deadline: Deadline;
}

export type ProduceBatchResult =
  | { readonly partition: number; readonly offset: number; readonly timestamp: number }
  | { readonly error: MillraceError };

/**
 * @returns one result per batch: the offset of its first record
 * @throws MillraceError where a batch is refused, and then none is stored
 */
export async function produceBatches(
  services: LogServices,
  request: ProduceBatchesRequest,
): Promise<readonly ProduceBatchResult[]> {
  const { partition, bytes, deadline } = request;
  const topic = await services.topics.resolveWith(request.topic, partition);
  const batches = checkBatches(bytes, topic.config);
  const stampAppendTime = configValue(topic.config, 'message.timestamp.type') === 'LogAppendTime';
  const { baseOffset, appendTime } = await services.logs
    .of({ topicId: topic.topicId, partition })
    .append({ batches, stampAppendTime }, deadline);
  let offset = baseOffset;
  const results = batches.map(batch => {
    const result = { partition, offset, timestamp: appendTime ?? batch.maxTimestamp };
    offset += batch.count;
    return result;
  });
  return answerAppended(services, topic, results);
}

interface CheckedAppend {
  readonly append: AppendBatch;
  readonly decompressedBytes: number;
}

/** The batches of a request; what they decompress to is bounded for each and for all together. */
function checkBatches(bytes: Uint8Array, config: TopicConfigOverrides): readonly AppendBatch[] {
  const split = splitBatches(bytes);
  if (split.length === 0) throw new MillraceError('CORRUPT_MESSAGE', 'the body holds no record batch');
  if (split.length > limits.batchesPerEntry) {
    const detail = `${split.length} batches in one request, the limit is ${limits.batchesPerEntry}`;
    throw new MillraceError('INVALID_REQUEST', detail);
  }
  let left: number = limits.decompressedRequestBytes;
  const batches = split.map(batch => {
    const { append, decompressedBytes } = checkOne(batch, config);
    left -= decompressedBytes;
    if (left < 0) throw tooLargeTogether();
    return append;
  });
  if (batches.length > 1 && batches.some(batch => batch.producer)) {
    throw new MillraceError(
      'INVALID_REQUEST',
      `${batches.length} batches with a producer id in one request, expected 1`,
    );
  }
  return batches;
}

const tooLargeTogether = () =>
  new MillraceError(
    'MESSAGE_TOO_LARGE',
    `the batches decompress to more than ${limits.decompressedRequestBytes} bytes together; send fewer in one request`,
  );

function checkOne(bytes: Uint8Array, config: TopicConfigOverrides): CheckedAppend {
  const { decompressedBytes, ...header } = checkBatch(bytes, {
    maxDecompressedBytes: limits.decompressedBatchBytes,
    maxBatchBytes: maxMessageBytes(config),
    requireKeys: isCompacted(config),
  });
  const { recordsCount: count, maxTimestamp, producerId, producerEpoch: epoch, baseSequence: sequence } = header;
  const producer = producerId >= 0 ? { producer: { producerId, epoch, sequence } } : {};
  return { append: { bytes, count, maxTimestamp, ...producer }, decompressedBytes };
}
