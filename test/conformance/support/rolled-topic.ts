/**
 * A topic whose log lies on both sides of the border: most of it in segments, its end in entries. What was produced is known.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RecordsBatch } from '@platformatic/kafka';
import { expect } from 'vitest';
import { compressionCodecs } from '../../../lib/record/compression.ts';
import { encodeBatch } from '../../../lib/record/encode-batch.ts';
import type { NewRecord } from '../../../lib/record/record.ts';
import type { Client } from '../client.ts';
import { produceRaw } from './raw.ts';
import { listSegments } from './segments.ts';
import type { ReadRecord } from './shapes.ts';

/** Entries are rolled from so many bytes on. */
const SEGMENT_BYTES = 2_000;

/** Of a topic whose records are rolled soon, and stay however old they are. */
export const rollingConfigs = { 'segment.bytes': String(SEGMENT_BYTES), 'retention.ms': '-1' };

/** How long a deployment may take to roll what is due. */
export const ROLLED_WITHIN_MS = 90_000;

/** How often it is looked for. */
const LOOK_EVERY_MS = 250;

/** A record as it must be read, bytes as base64. */
export interface KnownRecord {
  readonly offset: number;
  readonly timestamp: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly { readonly key: string; readonly value: string | null }[];
}

export interface RolledTopic {
  readonly topic: string;
  /** Everything that partition 0 holds. */
  readonly records: readonly KnownRecord[];
  /** Records below it were seen in segments. */
  readonly rolledOffset: number;
}

const rolled = new WeakMap<Client, Promise<RolledTopic>>();

/** The same topic for all cases: none of them changes it. */
export function rolledTopic(client: Client): Promise<RolledTopic> {
  const made = rolled.get(client) ?? makeRolledTopic(client);
  rolled.set(client, made);
  return made;
}

async function makeRolledTopic(client: Client): Promise<RolledTopic> {
  const topic = await client.createTopic({ partitions: 2, configs: rollingConfigs });
  const from = Date.now() - 60_000;
  const records: NewRecord[] = [];
  let batchesMade = 0;
  const produceBatches = async (counts: readonly number[], valueLength: number) => {
    const batches = counts.map(count => {
      const batch = Array.from({ length: count }, (_, index) => recordAt(records.length + index, from, valueLength));
      records.push(...batch);
      const codec = compressionCodecs[batchesMade++ % compressionCodecs.length] ?? 'none';
      return encodeBatch({ records: batch, codec });
    });
    await produceRaw(client, topic, Buffer.concat(batches));
  };

  for (let request = 0; request < 14; request++) {
    const counts = Array.from({ length: 1 + (request % 3) }, (_, batch) => 4 + ((5 * request + 3 * batch) % 12));
    await produceBatches(counts, 40);
  }
  // random values do not become smaller: what is left is due for as long as this batch is not rolled
  await produceBatches([20], SEGMENT_BYTES / 10);
  const rolledOffset = records.length;
  await untilRolled(client, topic, rolledOffset);
  await produceBatches([3, 1], 8);
  await produceBatches([4], 8);
  return { topic, records: records.map(knownRecord), rolledOffset };
}

/** Waits until every record below the offset is in a segment. */
export async function untilRolled(client: Client, topic: string, rolledOffset: number): Promise<void> {
  for (const until = performance.now() + ROLLED_WITHIN_MS; ; await sleep(LOOK_EVERY_MS)) {
    const last = (await listSegments(client, topic)).at(-1)?.last_offset ?? -1;
    if (last >= rolledOffset - 1) return;
    expect(performance.now(), `segments reach offset ${last} of ${rolledOffset}`).toBeLessThan(until);
  }
}

/** Keys and values that are there and not there, headers with and without a value; time does not grow with the offset. */
function recordAt(index: number, from: number, valueLength: number): NewRecord {
  return {
    timestamp: from + ((index * 7_919) % 1_000) * 10,
    key: index % 4 === 0 ? null : Buffer.from(`k${index % 7}`),
    value: index % 9 === 0 ? null : noise(index, valueLength),
    headers: index % 3 === 0 ? [header('h', `v${index}`), header('n', null), header('h', '')] : [],
  };
}

const header = (key: string, value: string | null) => ({ key, value: value === null ? null : Buffer.from(value) });

/** Bytes by which no codec gains much. */
function noise(seed: number, length: number): Buffer {
  let state = seed + 1;
  return Buffer.from(
    Array.from({ length }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state >>> 24;
    }),
  );
}

const base64 = (bytes: Uint8Array | null) => bytes && Buffer.from(bytes).toString('base64');

/** As it must be read. */
export const knownRecord = ({ timestamp, key, value, headers }: NewRecord, offset: number): KnownRecord => ({
  offset,
  timestamp,
  key: base64(key),
  value: base64(value),
  headers: headers.map(each => ({ key: each.key, value: base64(each.value) })),
});

/** A record that was read as base64, without its place. */
export const withoutPlace = ({ topic: _topic, partition: _partition, ...record }: ReadRecord): unknown => record;

/** What an independent reader finds in batches. */
export const recordsIn = (batches: readonly RecordsBatch[]): readonly KnownRecord[] =>
  batches.flatMap(({ firstOffset, firstTimestamp, records }) =>
    records.map(({ offsetDelta, timestampDelta, key, value, headers }) => ({
      offset: Number(firstOffset) + offsetDelta,
      timestamp: Number(firstTimestamp + timestampDelta),
      key: base64(key),
      value: base64(value),
      headers: headers.map(([name, text]) => ({ key: String(name), value: base64(text) })),
    })),
  );
