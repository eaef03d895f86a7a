/**
 * What Kafka's `DumpLogSegments --deep-iteration --print-data-log` says of segments, beside what was written.
 *
 * It prints header keys and not their values, ends with 0 on most damage, and says so only in what it prints. Of every segment
 * that does not begin at offset 0, Kafka's own included, it says that -1 is followed by its base offset.
 */
import type { NewRecord } from '../../lib/record/record.ts';
import type { WrittenBatch } from './sample-log.ts';

/** Fields of a batch's line that are compared, in its order; `position` and `size` are looked at apart. */
const FIELDS = ['baseOffset', 'lastOffset', 'count', 'baseSequence', 'lastSequence', 'producerId', 'producerEpoch'];

const COMPLAINT = /isvalid: false|invalid bytes|non-consecutive|followed by|mismatch|exception|error/i;
const NO_COMPLAINT = /^Non-consecutive offsets in .*\n {2}-1 is followed by \d+\n/gm;

export interface DumpedSegment {
  readonly file: string;
  readonly sizeInBytes: number;
  readonly batches: readonly WrittenBatch[];
}

/** How a dump differs from the segments that it should be of; nothing where it does not. */
export function faultsOf(text: string, segments: readonly DumpedSegment[]): readonly string[] {
  const complaints = text
    .replace(NO_COMPLAINT, '')
    .split('\n')
    .filter(line => COMPLAINT.test(line));
  const sections = text.split(/^Dumping /m);
  return [
    ...complaints,
    ...segments.flatMap(segment => {
      const section = sections.find(section => section.startsWith(`${segment.file}\n`)) ?? '';
      return segmentFaults(section, segment).map(fault => `${segment.file}: ${fault}`);
    }),
  ];
}

function segmentFaults(section: string, { sizeInBytes, batches }: DumpedSegment): readonly string[] {
  const lines = section.split('\n').filter(line => /^(?:\| offset|baseOffset): /.test(line));
  const expected = batches.flatMap(batch => [batchLine(batch), ...batch.records.map(recordLine(batch))]);
  const found = lines.map(line => (line.startsWith('|') ? line : comparedOf(line)));
  const length = Math.max(expected.length, found.length);
  const different = Array.from({ length }, (_, index) => [expected[index], found[index]] as const)
    .filter(([should, is]) => should !== is)
    .map(([should = 'nothing', is = 'nothing']) => `expected ${should}, found ${is}`);
  return [...placeFaults(lines, sizeInBytes), ...different];
}

/** Batches stand end to end, and the last ends where the file does. */
function placeFaults(lines: readonly string[], sizeInBytes: number): readonly string[] {
  let end = 0;
  for (const line of lines.filter(line => line.startsWith('baseOffset'))) {
    if (fieldOf(line, 'position') !== String(end)) return [`a batch should be at ${end}: ${line}`];
    end += Number(fieldOf(line, 'size'));
  }
  return end === sizeInBytes ? [] : [`the batches end at ${end}, the file at ${sizeInBytes}`];
}

function batchLine({ baseOffset, records, codec, timestampType, producerId, ...batch }: WrittenBatch): string {
  const last = records.length - 1;
  const lastSequence = producerId < 0 ? -1 : batch.baseSequence + last;
  const numbers = [baseOffset, baseOffset + last, records.length, batch.baseSequence, lastSequence, producerId];
  const fields = [...numbers, batch.producerEpoch].map((value, index) => `${FIELDS[index]}: ${value}`);
  const maxTimestamp = Math.max(...records.map(({ timestamp }) => timestamp));
  return [...fields, `${timestampType}: ${maxTimestamp}`, `compresscodec: ${codec}`, 'isvalid: true'].join(' ');
}

/** The same of what the tool printed. */
function comparedOf(line: string): string {
  const time = /(?:CreateTime|LogAppendTime): -?\d+/.exec(line)?.[0];
  const fields = FIELDS.map(name => `${name}: ${fieldOf(line, name)}`);
  return [...fields, time, ...['compresscodec', 'isvalid'].map(name => `${name}: ${fieldOf(line, name)}`)].join(' ');
}

const fieldOf = (line: string, name: string) => new RegExp(`(?:^| )${name}: (\\S+)`).exec(line)?.[1];

const recordLine =
  ({ baseOffset, baseSequence, producerId, timestampType }: WrittenBatch) =>
  ({ timestamp, key, value, headers }: NewRecord, index: number): string => {
    const sequence = producerId < 0 ? -1 : baseSequence + index;
    const sizes = `keySize: ${key?.byteLength ?? -1} valueSize: ${value?.byteLength ?? -1}`;
    const headerKeys = `headerKeys: [${headers.map(header => header.key)}]`;
    const texts = `${printed('key', key)}${printed('payload', value)}`;
    return `| offset: ${baseOffset + index} ${timestampType}: ${timestamp} ${sizes} sequence: ${sequence} ${headerKeys}${texts}`;
  };

const printed = (name: string, bytes: Uint8Array | null) => (bytes ? ` ${name}: ${Buffer.from(bytes)}` : '');
