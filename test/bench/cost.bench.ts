/**
 * Cost: the requests, units and dollars of a GiB produced and of a GiB fetched on AWS.
 *
 * Nothing of the requests is assumed: each row runs the use cases on the aws adapters, counts what they ask of the stores, and
 * takes the prices times that. A GiB is one of record values as the producer has them, before compression.
 */
import { startAwsStores } from './aws-stores.ts';
import type { Bench } from './bench.ts';
import { type Dollars, dollarsOf } from './dollars.ts';
import { type MeasuredRequest, measureRequests, type ProduceRequests } from './measured-request.ts';
import { Meter, scaleUsage, type Usage } from './meter.ts';
import { whole } from './report/figures.ts';
import { costHeader, costLine } from './report/terminal.ts';
import { memoryStores } from './stores.ts';
import { readWebLog } from './web-log.ts';
import { valuesOf } from './workload.ts';

const GIB = 2 ** 30;

interface Workload extends ProduceRequests {
  readonly name: string;
}

export interface CostRow {
  readonly direction: 'produce' | 'fetch';
  readonly records: string;
  readonly batchRecords: number;
  readonly compression: string;
  /** Bytes of record values that one request moves. */
  readonly bytesPerRequest: number;
  readonly perRequest: Usage;
  readonly cpuMsPerRequest: number;
  readonly requestsPerGiB: number;
  readonly perGiB: Usage;
  readonly dollarsPerGiB: Dollars;
}

export interface CostCounts {
  readonly rows: readonly CostRow[];
  /** Calls that were counted at the ports, and what they became on the wire: as many, unless the SDK had to try again. */
  readonly calls: number;
  readonly requestsSent: number;
}

const synthetic = (recordBytes: number, batchRecords: number): Workload => ({
  name: recordBytes === 1024 ? '1 KiB' : `${recordBytes} B`,
  compression: 'uncompressed',
  records: valuesOf({ recordBytes, batchRecords }).map(value => ({ key: null, value: Buffer.from(value) })),
});

const webLog = (batchRecords: number, compression: string): Workload => ({
  name: 'web log',
  compression,
  records: readWebLog().slice(0, batchRecords),
});

const workloads: readonly Workload[] = [
  ...[100, 1024].flatMap(recordBytes => [1, 100, 1000].map(batch => synthetic(recordBytes, batch))),
  ...[1, 10, 100, 1000].flatMap(batch => [webLog(batch, 'uncompressed'), webLog(batch, 'zstd')]),
];

export async function benchCost({ print }: Bench): Promise<CostCounts> {
  await using aws = await startAwsStores();
  print(costHeader());
  const meter = new Meter();
  const rows: CostRow[] = [];
  aws.takeRequests();
  for (const workload of workloads) {
    const onAws = await measureRequests(aws, meter, workload);
    // without the emulators, which share the process
    const inMemory = await measureRequests(memoryStores(), new Meter(), workload);
    for (const direction of ['produce', 'fetch'] as const) {
      const row = rowOf(workload, direction, { ...onAws[direction], cpuMs: inMemory[direction].cpuMs });
      print(costLine(row));
      rows.push(row);
    }
  }
  const [calls, requestsSent] = [meter.requests, aws.takeRequests()];
  print(`${whole(calls)} calls were counted at the ports, and ${whole(requestsSent)} requests on the wire`);
  return { rows, calls, requestsSent };
}

function rowOf(workload: Workload, direction: CostRow['direction'], request: MeasuredRequest): CostRow {
  const { usage, cpuMs, valueBytes, storedBytes } = request;
  const bodyBytes = direction === 'produce' ? valueBytes : storedBytes;
  const requestsPerGiB = GIB / valueBytes;
  return {
    direction,
    records: workload.name,
    batchRecords: workload.records.length,
    compression: workload.compression,
    bytesPerRequest: valueBytes,
    perRequest: usage,
    cpuMsPerRequest: cpuMs,
    requestsPerGiB,
    perGiB: scaleUsage(usage, requestsPerGiB),
    dollarsPerGiB: dollarsOf({ usage, cpuMs, bodyBytes }, requestsPerGiB),
  };
}
