/** Readers that follow logs from their start, and now and then look at any offset they have passed, or at all logs at once. */
import { type FetchResult, fetchPartitions } from '../../lib/fetch/fetch-partitions.ts';
import { errorTable } from '../../lib/protocol/errors.ts';
import { decodeBatch } from '../../lib/record/decode-batch.ts';
import type { LogRecord } from '../../lib/record/record.ts';
import type { FetchOperation, OperationOutcome } from '../history/history.ts';
import { ID_HEADER } from './producers.ts';
import type { SimClient } from './sim-client.ts';
import type { SimWorker } from './sim-worker.ts';
import { SECOND } from './time.ts';
import type { Place } from './topic-lives.ts';

type Fetched = FetchOperation['answer'];

interface Position extends Place {
  readonly offset: number;
}

export async function runReader(client: SimClient, { requests }: { readonly requests: number }): Promise<void> {
  /** By log: how far it has read. */
  const reached = new Map<string, number>();
  for (let request = 0; request < requests; request++) {
    await client.pause();
    const isOfAll = client.random.float() < 0.15;
    const places = isOfAll ? client.topics.places : [client.topics.draw(client.random)];
    const positions = places.map(place => {
      const next = reached.get(client.topics.logOf(place)) ?? 0;
      return { ...place, offset: client.random.float() < 0.3 ? client.random.below(next + 1) : next };
    });
    const logs = places.map(place => client.topics.logOf(place));
    const answers = await fetch(client, positions);
    for (const [index, answer] of answers.entries()) {
      const log = logs[index] ?? '';
      if (answer.outcome === 'ok') reached.set(log, Math.max(reached.get(log) ?? 0, answer.result.nextOffset));
      if (answer.outcome === 'failed' && answer.code === 'OFFSET_OUT_OF_RANGE') {
        reached.set(log, await client.logStartOf(places[index] as Place));
      }
    }
  }
}

/** One request for records of several partitions. */
export async function fetch(client: SimClient, positions: readonly Position[], worker?: SimWorker): Promise<Fetched[]> {
  const maxBytes = 1 + client.random.below(3_000);
  const maxWaitMs = client.random.float() < 0.2 ? 3 * SECOND : 0;
  const parts = positions.map((place, index) => ({
    place,
    asked: { operation: 'fetch', offset: place.offset } as const,
    outcomeOf: (results: readonly FetchResult[]) => fetchedAt(place.offset, results[index]),
  }));
  const partitions = positions.map(({ topic, partition, offset }) => ({ topic, partition, offset, maxBytes }));
  const answer = await client.recordParts(
    parts,
    services => fetchPartitions(services, { partitions, maxBytes, maxWaitMs, minBytes: 1 }),
    worker,
  );
  return parts.map(({ outcomeOf }) => (answer.outcome === 'ok' ? outcomeOf(answer.result) : answer));
}

export function fetchedAt(offset: number, result: FetchResult | undefined): Fetched {
  if (!result) throw new Error('a partition that was asked for has no result');
  if ('error' in result) return refused(result.error);
  const { batches, nextOffset, highWatermark, logStartOffset } = result;
  const records = batches
    .flatMap(batch => decodeBatch(batch.bytes, { maxDecompressedBytes: 1 << 20 }))
    .map(record => ({ offset: record.offset, value: idOf(record) }))
    .filter(record => record.offset >= offset);
  return { outcome: 'ok', result: { records, nextOffset, highWatermark, logStartOffset } };
}

/** A value names itself, a tombstone has its name in a header. */
function idOf({ value, headers }: LogRecord): string {
  const id = value ?? headers.find(({ key }) => key === ID_HEADER)?.value ?? [];
  return Buffer.from(id).toString();
}

/** A read changes nothing, so its failure is certain. */
const refused = ({ code, message }: Extract<FetchResult, { error: unknown }>['error']): OperationOutcome<never> => ({
  outcome: 'failed',
  code: errorTable[code].kafkaName,
  error: message,
});
