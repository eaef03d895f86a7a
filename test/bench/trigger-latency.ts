/**
 * From the answer to a produce request to the start of the function that its topic invokes, on the local server: a module that the
 * server runs in a thread, and one behind HTTP. Batches come one by one, at times that nobody waits for, to a server that has nothing else
 * to do or is kept busy by others; each is as large as the trigger's.
 *
 * All processes read one clock, the machine's monotonic one.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { MillraceClient } from '../../lib/client/millrace-client.ts';
import type { Bench } from './bench.ts';
import { HttpConnection, requestBytes } from './http-connection.ts';
import { quantile } from './load.ts';
import { RawStore } from './raw-store.ts';
import { type ServerProcess, startFunctionServer, startMillrace } from './server-process.ts';
import { createTopic } from './topics.ts';
import { batchSizes } from './trigger-costs.ts';
import { CALLS_FILE, machineMs, type NotedCall } from './trigger-function.ts';
import { bodyOf, mediaTypes, type Shape } from './workload.ts';

export const targets = ['module', 'HTTP'] as const;
export type Target = (typeof targets)[number];

export const loads = ['idle', 'under load'] as const;
export type LoadOfServer = (typeof loads)[number];

const RECORD_BYTES = 1024;

/** So many that the 99th percentile is more than the worst; and before them, for code that is not compiled yet. */
const BATCHES = 200;
const WARM_UP = 20;

/** A server looks so often for triggers that are new. */
const NOTICED_WITHIN_MS = 1_500;

/** From one batch to the next: longer than it takes to be delivered. */
const PAUSE_MS = [10, 20] as const;

/** Of a runner before it sends: the note of what is due, and its cell. */
const WRITES = 2;
const CELL_BYTES = 300;

const ALL_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 50;

export interface LatencyRow {
  /** Raw: as many writes as a runner makes before it sends, straight into LMDB, synced. */
  readonly target: Target | 'raw';
  /** None of what is raw. */
  readonly batchRecords?: number;
  readonly load: LoadOfServer;
  readonly batches: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

interface Setting {
  readonly millrace: ServerProcess;
  readonly functionUrl: string;
  readonly callsFile: string;
  readonly shape: Shape;
}

export async function measureTriggerLatency(
  { folder, profileFolder }: Pick<Bench, 'folder' | 'profileFolder'>,
  onRow: (row: LatencyRow) => void,
): Promise<readonly LatencyRow[]> {
  await using stack = new AsyncDisposableStack();
  const callsFile = join(folder, 'trigger-calls');
  await writeFile(callsFile, '');
  const environment = { [CALLS_FILE]: callsFile };
  const millrace = await startMillrace({ dataFolder: join(folder, 'triggers'), profileFolder, environment });
  stack.defer(millrace.stop);
  const server = await startFunctionServer(environment);
  stack.defer(server.stop);
  const urls: Readonly<Record<Target, string>> = {
    module: new URL('trigger-function.ts', import.meta.url).href,
    HTTP: server.url,
  };
  const rows: LatencyRow[] = [];
  for (const load of loads) {
    await using _others = load === 'idle' ? undefined : await keepBusy(millrace);
    const rowOf = (target: LatencyRow['target'], latencies: readonly number[], batchRecords?: number) => {
      const [p50Ms, p99Ms] = [quantile(latencies, 0.5), quantile(latencies, 0.99)];
      const ofBatch = batchRecords === undefined ? {} : { batchRecords };
      const row: LatencyRow = { target, ...ofBatch, load, batches: latencies.length, p50Ms, p99Ms };
      rows.push(row);
      onRow(row);
    };
    rowOf('raw', await measureRaw(join(folder, `trigger-raw-${load}`)));
    for (const target of targets) {
      for (const batchRecords of batchSizes) {
        const shape = { recordBytes: RECORD_BYTES, batchRecords };
        rowOf(target, await measure({ millrace, functionUrl: urls[target], callsFile, shape }), batchRecords);
      }
    }
  }
  return rows;
}

/** In ascending order. */
async function measure({ millrace, functionUrl, callsFile, shape }: Setting): Promise<readonly number[]> {
  const topic = randomUUID();
  const client = new MillraceClient({ url: millrace.url });
  await createTopic(millrace.url, topic);
  const { batchRecords: batchSize } = shape;
  await client.triggers.create({ trigger: topic, topics: [topic], function: functionUrl, batchSize });
  await setTimeout(NOTICED_WITHIN_MS);
  const answeredAt = await produceOneByOne(millrace, topic, shape);
  const calls = await callsWith(callsFile, topic, answeredAt.length * batchSize - 1);
  if (!calls) throw new Error(`not all was delivered: ${JSON.stringify(await client.triggers.describe(topic))}`);
  await client.triggers.delete(topic);
  const latencies = answeredAt.map((at, index) => {
    const lastOffset = (index + 1) * batchSize - 1;
    const call = calls.find(each => each.lastOffset >= lastOffset);
    if (!call) throw new Error(`no call had offset ${lastOffset}`);
    return call.at - at;
  });
  return latencies.slice(WARM_UP).sort((a, b) => a - b);
}

/** @returns when each was answered */
async function produceOneByOne({ port }: ServerProcess, topic: string, shape: Shape): Promise<readonly number[]> {
  const request = requestBytes({
    method: 'POST',
    path: `/topics/${topic}/partitions/0`,
    headers: { 'content-type': mediaTypes.json },
    body: bodyOf(shape, 'json'),
  });
  const connection = await HttpConnection.open(port);
  const answeredAt: number[] = [];
  try {
    for (let batch = 0; batch < WARM_UP + BATCHES; batch++) {
      await pause();
      await connection.send(request);
      answeredAt.push(machineMs());
    }
    return answeredAt;
  } finally {
    connection.close();
  }
}

const pause = (): Promise<void> => {
  const [least, most] = PAUSE_MS;
  return setTimeout(least + Math.random() * (most - least));
};

/** In ascending order. */
async function measureRaw(folder: string): Promise<readonly number[]> {
  const store = new RawStore(folder);
  const cell = new Uint8Array(CELL_BYTES);
  const latencies: number[] = [];
  for (let batch = 0; batch < WARM_UP + BATCHES; batch++) {
    await pause();
    const since = machineMs();
    for (let write = 0; write < WRITES; write++) await store.create(cell);
    latencies.push(machineMs() - since);
  }
  await store.close();
  return latencies.slice(WARM_UP).sort((a, b) => a - b);
}

/** All calls with the topic's records, once that with the offset was made; nothing where that takes too long. */
async function callsWith(file: string, topic: string, offset: number): Promise<readonly NotedCall[] | undefined> {
  for (const until = performance.now() + ALL_WITHIN_MS; performance.now() < until; ) {
    const lines = (await readFile(file, 'utf8')).split('\n').slice(0, -1);
    const calls = lines.map((line): NotedCall => JSON.parse(line)).filter(call => call.topic === topic);
    if (calls.some(({ lastOffset }) => lastOffset >= offset)) return calls;
    await setTimeout(LOOK_EVERY_MS);
  }
  return undefined;
}

/** Others produce to a topic of their own, as fast as they are answered. */
async function keepBusy({ url, port }: ServerProcess): Promise<AsyncDisposable> {
  const topic = randomUUID();
  await createTopic(url, topic);
  const others: ChildProcess = fork(new URL('load-process.ts', import.meta.url), [String(port), topic]);
  const ended = once(others, 'exit');
  await Promise.race([
    once(others, 'message'),
    ended.then(() => Promise.reject(new Error('the load ended before it began'))),
  ]);
  return {
    async [Symbol.asyncDispose]() {
      others.disconnect();
      await ended;
    },
  };
}
