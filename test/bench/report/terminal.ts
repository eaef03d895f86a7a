/** Figures as lines of text, printed as they are measured. */
import type { CodecRow } from '../codecs.ts';
import type { ContentionPoint } from '../contention.bench.ts';
import type { CostRow } from '../cost.bench.ts';
import { withHttpApi, withRestApi } from '../dollars.ts';
import { requestsOf } from '../meter.ts';
import type { LimitName, Throughput } from '../results.ts';
import { describeShape } from '../workload.ts';
import { dollars, few, millis, percent, whole } from './figures.ts';

const COLUMN = 13;

export const columns = (...texts: readonly string[]): string => texts.map(text => text.padStart(COLUMN)).join('');

/** The first column, which is text. */
export const title = (text: string): string => text.padEnd(16);

export function throughputHeader(name: string, limits: readonly LimitName[]): string {
  const figures = columns('clients', 'format', 'records/s', 'MB/s', 'p50 ms', 'p99 ms');
  return `\n${title(name)}${figures}${columns(...limits.map(limit => `of ${limit}`))}`;
}

export function throughputLine(result: Throughput): string {
  const { clients, format, recordsPerSecond, megabytesPerSecond, p50Ms, p99Ms, limits } = result;
  const figures = [whole(recordsPerSecond), few(megabytesPerSecond), millis(p50Ms), millis(p99Ms)];
  const ratios = limits.map(({ ratio }) => percent(ratio));
  return title(describeShape(result)) + columns(String(clients), format, ...figures, ...ratios);
}

export function contentionHeader(name: string): string {
  const each = ['requests', 'lost races', 'write units', 'read units'];
  const figures = columns('appends/s', 'p50 ms', 'p99 ms', ...each);
  return `\nappends to one partition: ${name}; the last four per append\n${title('writers')}${figures}`;
}

export function contentionLine(point: ContentionPoint): string {
  const { writers, appendsPerSecond, p50Ms, p99Ms, perAppend, bare } = point;
  const { lostRaces, writeUnits, readUnits } = perAppend;
  const each = [requestsOf(perAppend), lostRaces, writeUnits, readUnits].map(value => value.toFixed(2));
  const ratio = bare ? `   ${percent(bare.ratio)} of ${whole(bare.createsPerSecond)} bare creates/s` : '';
  return title(String(writers)) + columns(whole(appendsPerSecond), millis(p50Ms), millis(p99Ms), ...each) + ratio;
}

export function costHeader(): string {
  const counts = ['requests', 'write units', 'read units', 'PUTs', 'GETs', '$ REST API', '$ HTTP API'];
  return `\ncost of a GiB of record values, us-east-1\n${title('records')}${columns('', 'batch', ...counts)}`;
}

export function costLine(row: CostRow): string {
  const { direction, records, compression, batchRecords, requestsPerGiB, perGiB, dollarsPerGiB } = row;
  const { writeUnits, readUnits, objectPuts, objectGets } = perGiB;
  const counts = [requestsPerGiB, writeUnits, readUnits, objectPuts, objectGets].map(whole);
  const money = [withRestApi(dollarsPerGiB), withHttpApi(dollarsPerGiB)].map(dollars);
  const name = compression === 'zstd' ? `${records}, zstd` : records;
  return title(name) + columns(direction, whole(batchRecords), ...counts, ...money);
}

export function codecHeader(): string {
  const figures = columns('codec', 'bytes', '$/million', 'encode us', 'decode us');
  return `\ncodecs, on records of a web log; bytes and times per record\n${title('batch')}${figures}`;
}

export function codecLine(row: CodecRow): string {
  const { batch, codec, bytesPerRecord, dollarsPerMillionRecords, encodeMicros, decodeMicros } = row;
  const figures = [whole(bytesPerRecord), dollars(dollarsPerMillionRecords), few(encodeMicros), few(decodeMicros)];
  return title(whole(batch)) + columns(codec, ...figures);
}
