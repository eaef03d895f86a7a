/**
 * Produce: records of two sizes in batches of three, by one client and by sixteen, as v2 JSON and as raw batches.
 *
 * Its limits: the batch's bytes straight into LMDB, as many creates in flight as there are clients; and the request's body
 * through a bare HTTP server into LMDB. After each measurement the log's end must agree with what was acknowledged.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bench } from './bench.ts';
import { type HttpConnection, requestBytes } from './http-connection.ts';
import { type Client, inRounds, type Load, runLoad } from './load.ts';
import { RawStore } from './raw-store.ts';
import { throughputHeader, throughputLine } from './report/terminal.ts';
import type { Throughput } from './results.ts';
import { type ServerProcess, startBareServer, startMillrace } from './server-process.ts';
import { loadOverHttp, requestsWithin, throughputOf, type Workload } from './throughput.ts';
import { createTopic, endOffset } from './topics.ts';
import { batchOf, bodyOf, clientCounts, mediaTypes, type Shape, shapes } from './workload.ts';

interface Servers {
  readonly millrace: ServerProcess;
  readonly bare: ServerProcess;
}

export async function benchProduce(bench: Bench): Promise<readonly Throughput[]> {
  const { folder, profileFolder, print } = bench;
  const millrace = await startMillrace({ dataFolder: join(folder, 'produce'), profileFolder });
  const bare = await startBareServer({ dataFolder: join(folder, 'produce-bare') });
  try {
    const results: Throughput[] = [];
    print(throughputHeader('produce', ['bare HTTP', 'LMDB']));
    for (const clients of clientCounts) {
      for (const shape of shapes) {
        const measured = await measure(bench, { millrace, bare }, shape, clients);
        for (const result of measured) print(throughputLine(result));
        results.push(...measured);
      }
    }
    return results;
  } finally {
    await Promise.all([millrace.stop(), bare.stop()]);
  }
}

/** One shape in every format, and the limits of each. */
async function measure(bench: Bench, servers: Servers, shape: Shape, clients: number): Promise<readonly Throughput[]> {
  const { seconds, folder } = bench;
  const asJson: Workload = { ...shape, clients, format: 'json' };
  const asBatch: Workload = { ...shape, clients, format: 'raw batch' };
  // what goes first meets code not yet compiled, and tells the sizes of the answers
  const jsonAnswer = (await loadProduce(servers.millrace, asJson, seconds / 4)).bytesPerAnswer;
  const batchAnswer = (await loadProduce(servers.millrace, asBatch, seconds / 4)).bytesPerAnswer;
  const loads = await inRounds(
    {
      json: forSeconds => loadProduce(servers.millrace, asJson, forSeconds),
      bareJson: forSeconds => loadBare(servers, asJson, { answer: jsonAnswer, seconds: forSeconds }),
      batch: forSeconds => loadProduce(servers.millrace, asBatch, forSeconds),
      bareBatch: forSeconds => loadBare(servers, asBatch, { answer: batchAnswer, seconds: forSeconds }),
      lmdb: forSeconds => loadLmdb(folder, asBatch, forSeconds),
    },
    seconds,
  );
  const { json, bareJson, batch, bareBatch, lmdb } = loads;
  return [
    throughputOf(asJson, json, { 'bare HTTP': bareJson, LMDB: lmdb }),
    throughputOf(asBatch, batch, { 'bare HTTP': bareBatch, LMDB: lmdb }),
  ];
}

let topics = 0;

/** A load on a new topic of the server's. */
export async function loadProduce(millrace: ServerProcess, workload: Workload, seconds: number): Promise<Load> {
  const { port, url } = millrace;
  const topic = `produce-${topics++}`;
  await createTopic(url, topic);
  const load = await loadOverHttp({ port, seconds, ...posting(workload, `/topics/${topic}/partitions/0`) });
  const end = await endOffset(url, topic);
  if (end !== load.records)
    throw new Error(`${load.records} records were acknowledged, the log of ${topic} has ${end}`);
  return load;
}

interface BareOptions {
  readonly answer: number;
  readonly seconds: number;
}

const loadBare = ({ bare }: Servers, workload: Workload, { answer, seconds }: BareOptions): Promise<Load> =>
  loadOverHttp({ port: bare.port, seconds, ...posting(workload, `/?answer=${Math.round(answer)}`) });

/** Clients that send the same request over and over. */
function posting(workload: Workload, path: string) {
  const body = bodyOf(workload, workload.format);
  const headers = { 'content-type': mediaTypes[workload.format], accept: 'application/vnd.kafka.v2+json' };
  const request = requestBytes({ method: 'POST', path, headers, body });
  const client = (connection: HttpConnection): Client => {
    return async () => {
      const { bodyBytes } = await connection.send(request);
      return { records: workload.batchRecords, bytes: bodyBytes };
    };
  };
  return { client, clients: workload.clients, maxRequests: requestsWithin(body.byteLength) };
}

async function loadLmdb(folder: string, workload: Workload, seconds: number): Promise<Load> {
  const path = join(folder, 'lmdb');
  await mkdir(path);
  const store = new RawStore(path);
  const batch = batchOf(workload);
  const create: Client = async () => {
    await store.create(batch);
    return { records: workload.batchRecords, bytes: 0 };
  };
  try {
    const clients = Array.from({ length: workload.clients }, () => create);
    return await runLoad({ clients, seconds, maxRequests: requestsWithin(batch.byteLength) });
  } finally {
    await store.close();
    await rm(path, { recursive: true });
  }
}
