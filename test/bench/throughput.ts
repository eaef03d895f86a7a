/** What produce and fetch have in common: one workload through Millrace, then through what it stands on. */
import { HttpConnection } from './http-connection.ts';
import { type Client, type Load, runLoad } from './load.ts';
import type { Format, Limit, LimitName, Throughput } from './results.ts';
import type { Shape } from './workload.ts';

/** Bytes that one measurement may write or read. */
const MAX_BYTES = 512e6;

export interface Workload extends Shape {
  readonly format: Format;
  readonly clients: number;
}

export const requestsWithin = (bytesPerRequest: number): number => Math.ceil(MAX_BYTES / bytesPerRequest);

export interface HttpLoadOptions {
  readonly port: number;
  readonly clients: number;
  readonly client: (connection: HttpConnection) => Client;
  readonly seconds: number;
  readonly maxRequests: number;
}

/** Runs a load of clients that have a connection each. */
export async function loadOverHttp({ port, clients, client, ...load }: HttpLoadOptions): Promise<Load> {
  const connections = await Promise.all(Array.from({ length: clients }, () => HttpConnection.open(port)));
  try {
    return await runLoad({ ...load, clients: connections.map(client) });
  } finally {
    for (const connection of connections) connection.close();
  }
}

export function throughputOf(
  { format, recordBytes, batchRecords, clients }: Workload,
  load: Load,
  rawLoads: Readonly<Partial<Record<LimitName, Load>>>,
): Throughput {
  const { recordsPerSecond, requestsPerSecond, p50Ms, p99Ms } = load;
  const megabytes = (records: number) => (records * recordBytes) / 1e6;
  const limits = Object.entries(rawLoads).map(([name, raw]): Limit => {
    return {
      name: name as LimitName,
      recordsPerSecond: raw.recordsPerSecond,
      megabytesPerSecond: megabytes(raw.recordsPerSecond),
      ratio: recordsPerSecond / raw.recordsPerSecond,
    };
  });
  return {
    format,
    recordBytes,
    batchRecords,
    clients,
    recordsPerSecond,
    megabytesPerSecond: megabytes(recordsPerSecond),
    requestsPerSecond,
    p50Ms,
    p99Ms,
    limits,
  };
}
