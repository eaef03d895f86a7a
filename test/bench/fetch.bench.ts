/**
 * Fetch: reading a log from its start to its end, over and over, a page at a time, as v2 JSON and as raw batches.
 *
 * Its limits: the same entries straight from LMDB, and the same batches off a flat file, pages as large, one reader; and a
 * bare HTTP server that answers each request with as many bytes off that file. All of it lies in the page cache.
 */
import { join } from 'node:path';
import type { Bench } from './bench.ts';
import { type FilledLog, fillLog } from './filled-log.ts';
import { type HttpConnection, numberInHead, requestBytes } from './http-connection.ts';
import { type Client, inRounds, type Load, runLoad } from './load.ts';
import { diskReader, lmdbReader } from './raw-store.ts';
import { throughputHeader, throughputLine } from './report/terminal.ts';
import type { Format, Throughput } from './results.ts';
import { type ServerProcess, startBareServer, startMillrace } from './server-process.ts';
import { loadOverHttp, throughputOf, type Workload } from './throughput.ts';
import { createTopic } from './topics.ts';
import { clientCounts, formats, mediaTypes, type Shape, shapes } from './workload.ts';

/** What one request asks for. */
const PAGE_BYTES = 1024 * 1024;

interface Subject {
  readonly millrace: ServerProcess;
  readonly bare: ServerProcess;
  readonly dataFolder: string;
  readonly log: FilledLog;
}

export async function benchFetch(bench: Bench): Promise<readonly Throughput[]> {
  const { folder, profileFolder, print } = bench;
  const dataFolder = join(folder, 'fetch');
  const millrace = await startMillrace({ dataFolder, profileFolder });
  const bare = await startBareServer({ dataFolder: join(folder, 'fetch-bare') });
  try {
    const results: Throughput[] = [];
    const logs = await fillLogs(millrace, dataFolder);
    print(throughputHeader('fetch', ['bare HTTP', 'LMDB', 'disk']));
    for (const clients of clientCounts) {
      for (const log of logs) {
        for (const format of formats) {
          const result = await measure(bench, { millrace, bare, dataFolder, log }, { ...log, clients, format });
          print(throughputLine(result));
          results.push(result);
        }
      }
    }
    return results;
  } finally {
    await Promise.all([millrace.stop(), bare.stop()]);
  }
}

async function fillLogs(millrace: ServerProcess, dataFolder: string): Promise<readonly FilledLog[]> {
  const logs: FilledLog[] = [];
  for (const shape of shapes) logs.push(await preparedFetch(millrace, dataFolder, shape));
  return logs;
}

let topics = 0;

/** A new topic with something to read. */
export async function preparedFetch({ url }: ServerProcess, dataFolder: string, shape: Shape): Promise<FilledLog> {
  const topic = `fetch-${topics++}`;
  await createTopic(url, topic);
  return fillLog(dataFolder, topic, shape);
}

async function measure(bench: Bench, subject: Subject, workload: Workload): Promise<Throughput> {
  const { log, dataFolder } = subject;
  // what goes first meets code not yet compiled, and tells the sizes of the answers
  const page = pageOf(log, await loadFetch(subject, workload, bench.seconds / 4));
  await using fromLmdb = lmdbReader(dataFolder, log, page.storedBytes);
  await using fromDisk = diskReader(log, page.storedBytes);
  const { millrace, ...limits } = await inRounds(
    {
      millrace: seconds => loadFetch(subject, workload, seconds),
      'bare HTTP': seconds => loadBare(subject, workload, { page, seconds }),
      LMDB: seconds => loadAlone(fromLmdb, seconds / 4),
      disk: seconds => loadAlone(fromDisk, seconds / 4),
    },
    bench.seconds,
  );
  return throughputOf(workload, millrace, limits);
}

/** What one answer of Millrace's holds, on average. */
interface Page {
  readonly records: number;
  readonly storedBytes: number;
  readonly answerBytes: number;
}

function pageOf({ batchRecords, batchBytes }: FilledLog, load: Load): Page {
  const records = load.recordsPerSecond / load.requestsPerSecond;
  const storedBytes = Math.round((records / batchRecords) * batchBytes);
  return { records, storedBytes, answerBytes: Math.round(load.bytesPerAnswer) };
}

/** A load on the topic that `preparedFetch` has made. */
export const loadFetch = (
  { millrace, log }: Pick<Subject, 'millrace' | 'log'>,
  { clients, format }: Workload,
  seconds: number,
): Promise<Load> =>
  loadOverHttp({
    port: millrace.port,
    clients,
    client: connection => sequentialReader(connection, log, format),
    seconds,
    maxRequests: Number.POSITIVE_INFINITY,
  });

interface BareOptions {
  readonly page: Page;
  readonly seconds: number;
}

const loadBare = ({ bare, log }: Subject, { clients }: Workload, { page, seconds }: BareOptions): Promise<Load> =>
  loadOverHttp({
    port: bare.port,
    clients,
    client: connection => bareReader(connection, log, page),
    seconds,
    maxRequests: Number.POSITIVE_INFINITY,
  });

const loadAlone = (client: Client, seconds: number): Promise<Load> =>
  runLoad({ clients: [client], seconds, maxRequests: Number.POSITIVE_INFINITY });

/** Asks for the next page from where the last one ended, and from the start again at the end. */
function sequentialReader(connection: HttpConnection, { topic, records }: FilledLog, format: Format): Client {
  let offset = 0;
  return async () => {
    const query = `offset=${offset}&timeout=0&max_bytes=${PAGE_BYTES}`;
    const path = `/topics/${topic}/partitions/0/records?${query}`;
    const request = requestBytes({ method: 'GET', path, headers: { accept: mediaTypes[format] } });
    const { head, bodyBytes } = await connection.send(request);
    const nextOffset = numberInHead(head, 'millrace-next-offset');
    if (!(nextOffset > offset)) throw new Error(`the page from ${offset} of ${topic} ends at ${nextOffset}`);
    const answered = { records: nextOffset - offset, bytes: bodyBytes };
    offset = nextOffset >= records ? 0 : nextOffset;
    return answered;
  };
}

/** Has the bare server answer each request with the next so many bytes of the flat file. */
function bareReader(connection: HttpConnection, { file, fileBytes }: FilledLog, page: Page): Client {
  const bytes = Math.min(page.answerBytes, fileBytes);
  let from = 0;
  return async () => {
    const path = `/?file=${encodeURIComponent(file)}&from=${from}&bytes=${bytes}`;
    const { bodyBytes } = await connection.send(requestBytes({ method: 'GET', path, headers: {} }));
    from = from + 2 * bytes > fileBytes ? 0 : from + bytes;
    return { records: page.records, bytes: bodyBytes };
  };
}
