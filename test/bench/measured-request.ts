/** What one produce and one fetch ask of the stores, counted while a warm worker answers them. */
import { type FetchResult, fetchPartitions } from '../../lib/fetch/fetch-partitions.ts';
import { deadlineIn } from '../../lib/log/deadline.ts';
import type { LogServices } from '../../lib/log/log-services.ts';
import { produceRecords, type RecordToProduce } from '../../lib/produce/produce-records.ts';
import { createTopic } from '../../lib/topics/create-topic.ts';
import { type Meter, scaleUsage, type Usage } from './meter.ts';
import { type Stores, workerOn } from './stores.ts';

/** What one fetch asks for, and entries of which it takes no more. */
const PAGE_BYTES = 1024 * 1024;
const PAGE_ENTRIES = 1_000;

/** Fetches of the same page; their usage is the same, their CPU is averaged. */
const FETCHES = 5;

const REQUEST_WITHIN_MS = 60_000;

/** One operation of its kind, on average. */
export interface Measured {
  readonly usage: Usage;
  readonly cpuMs: number;
}

export interface MeasuredRequest extends Measured {
  /** Of the records' values. */
  readonly valueBytes: number;
  /** Of the batches that hold them. */
  readonly storedBytes: number;
}

export interface ProduceRequests {
  readonly records: readonly RecordToProduce[];
  /** The topic's `compression.type`. */
  readonly compression: string;
}

let topics = 0;

/** Produces one request over and over, until the log is longer than one page; then fetches that page. */
export async function measureRequests(
  stores: Stores,
  meter: Meter,
  { records, compression }: ProduceRequests,
): Promise<{ readonly produce: MeasuredRequest; readonly fetch: MeasuredRequest }> {
  const services = workerOn(stores, meter);
  const topic = `cost-${topics++}`;
  await createTopic(services, { name: topic, config: new Map([['compression.type', compression]]) });

  // the first of each finds out what a warm worker knows
  await produce(services, topic, records);
  const { storedBytes } = await fetchPage(services, topic, 1);
  const requests = Math.min(PAGE_ENTRIES, Math.ceil(PAGE_BYTES / storedBytes)) + 1;
  const produced = await measure(meter, requests, () => produce(services, topic, records));

  const page = await fetchPage(services, topic, PAGE_BYTES);
  if (page.isLast) throw new Error(`a page of ${page.storedBytes} bytes reached the end of the log`);
  const fetched = await measure(meter, FETCHES, () => fetchPage(services, topic, PAGE_BYTES));
  const valueBytes = records.reduce((sum, { value }) => sum + (value?.byteLength ?? 0), 0);
  return {
    produce: { ...produced, valueBytes, storedBytes },
    fetch: { ...fetched, valueBytes: (valueBytes / records.length) * page.records, storedBytes: page.storedBytes },
  };
}

/** Does something so many times; what one time asks, and takes. */
export async function measure(
  meter: Meter,
  times: number,
  operation: (time: number) => Promise<unknown>,
): Promise<Measured> {
  meter.take();
  const before = process.cpuUsage();
  for (let time = 0; time < times; time++) await operation(time);
  const { user, system } = process.cpuUsage(before);
  return { usage: scaleUsage(meter.take(), 1 / times), cpuMs: (user + system) / 1e3 / times };
}

async function produce(services: LogServices, topic: string, records: readonly RecordToProduce[]): Promise<void> {
  const deadline = deadlineIn(services.clock, REQUEST_WITHIN_MS);
  const results = await produceRecords(services, { topic, records, deadline });
  for (const result of results) if ('error' in result) throw result.error;
}

/** The page that begins at the start of the log. */
async function fetchPage(services: LogServices, topic: string, maxBytes: number) {
  const partitions = [{ topic, partition: 0, offset: 0, maxBytes }];
  const [page] = await fetchPartitions(services, { partitions, maxBytes, maxWaitMs: 0, minBytes: 1 });
  const { batches, nextOffset, highWatermark } = withoutError(page);
  const storedBytes = batches.reduce((sum, batch) => sum + batch.bytes.byteLength, 0);
  return { records: nextOffset, storedBytes, isLast: nextOffset >= highWatermark };
}

function withoutError(result: FetchResult | undefined) {
  if (result && !('error' in result)) return result;
  throw result?.error ?? new Error('there is no answer');
}
