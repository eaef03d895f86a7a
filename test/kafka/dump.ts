/**
 * What Kafka's `DumpLogSegments --deep-iteration --print-data-log` says of segments, beside what was written.
 *
 * It prints header keys and not their values, ends with 0 on most damage, and says so only in what it prints. Of every segment
 * that does not begin at offset 0, Kafka's own included, it says that -1 is followed by its first offset; and it names each gap
 * that compaction left.
 */
import type { WrittenBatch, WrittenRecord } from './sample-log.ts';

/** Fields of a batch's line that are compared, in its order; `position` and `size` are looked at apart. */
const FIELDS = ['baseOffset', 'lastOffset', 'count', 'baseSequence', 'lastSequence', 'producerId', 'producerEpoch'];

const COMPLAINT = /isvalid: false|invalid bytes|mismatch|exception|error/i;

export interface DumpedSegment {
  readonly file: string;
  readonly sizeInBytes: number;
  readonly batches: readonly WrittenBatch[];
}

/** How a dump differs from the segments that it should be of; nothing where it does not. */
export function faultsOf(text: string, segments: readonly DumpedSegment[]): readonly string[] {
  const sections = text.split(/^(?=Dumping |Non-consecutive offsets in )/m);
  const sectionOf = (title: string) => sections.find(section => section.startsWith(`${title}\n`)) ?? '';
  return [
    ...text.split('\n').filter(line => COMPLAINT.test(line)),
    ...segments.flatMap(segment => {
      const dump = segmentFaults(sectionOf(`Dumping ${segment.file}`), segment);
      const gaps = gapFaults(sectionOf(`Non-consecutive offsets in ${segment.file}`), segment);
      return [...dump, ...gaps].map(fault => `${segment.file}: ${fault}`);
    }),
  ];
}

/** It is told where the offsets do not follow each other, and nowhere else. */
function gapFaults(section: string, { batches }: DumpedSegment): readonly string[] {
  const offsets = [-1, ...batches.flatMap(({ records }) => records.map(({ offset }) => offset))];
  const expected = offsets.slice(1).flatMap((offset, index) => {
    const before = offsets[index] ?? -1;
    return offset === before + 1 ? [] : [`  ${before} is followed by ${offset}`];
  });
  const found = section.split('\n').filter(line => line.startsWith('  '));
  return found.join() === expected.join() ? [] : [`expected the gaps [${expected}], found [${found}]`];
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

function batchLine({ records, codec, timestampType, ...batch }: WrittenBatch): string {
  const { baseOffset, lastOffset, baseSequence, producerId, producerEpoch } = batch;
  const lastSequence = producerId < 0 ? -1 : baseSequence + lastOffset - baseOffset;
  const numbers = [baseOffset, lastOffset, records.length, baseSequence, lastSequence, producerId, producerEpoch];
  const fields = numbers.map((value, index) => `${FIELDS[index]}: ${value}`);
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
  ({ offset, timestamp, key, value, headers }: WrittenRecord): string => {
    const sequence = producerId < 0 ? -1 : baseSequence + offset - baseOffset;
    const sizes = `keySize: ${key?.byteLength ?? -1} valueSize: ${value?.byteLength ?? -1}`;
    const headerKeys = `headerKeys: [${headers.map(header => header.key)}]`;
    const texts = `${printed('key', key)}${printed('payload', value)}`;
    return `| offset: ${offset} ${timestampType}: ${timestamp} ${sizes} sequence: ${sequence} ${headerKeys}${texts}`;
  };

const printed = (name: string, bytes: Uint8Array | null) => (bytes ? ` ${name}: ${Buffer.from(bytes)}` : '');
