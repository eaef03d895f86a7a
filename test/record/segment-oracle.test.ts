/** `@platformatic/kafka` reads whole segments, every batch and record of them. */
import { Reader, readRecordsBatches } from '@platformatic/kafka';
import { describe, expect, it } from 'vitest';
import { idOfCodec } from '../../lib/record/compression.ts';
import { folderOf, type SampleSegment, sampleLog, samples, type WrittenBatch } from '../kafka/sample-log.ts';

type TheirBatch = ReturnType<typeof readRecordsBatches>[number];

const TIMESTAMP_TYPE_BIT = 3;

const viewOf = (bytes: Buffer | null) => (bytes === null ? null : new Uint8Array(bytes));

const theirBatches = ({ bytes }: SampleSegment): readonly TheirBatch[] =>
  readRecordsBatches(Reader.from(Buffer.from(bytes)));

/** As their fields say the same. */
function fieldsOf({ codec, timestampType, records, ...written }: WrittenBatch) {
  const timestamps = records.map(({ timestamp }) => timestamp);
  return {
    firstOffset: BigInt(written.baseOffset),
    lastOffsetDelta: written.lastOffset - written.baseOffset,
    attributes: idOfCodec(codec) | (Number(timestampType === 'LogAppendTime') << TIMESTAMP_TYPE_BIT),
    maxTimestamp: BigInt(Math.max(...timestamps)),
    producerId: BigInt(written.producerId),
    producerEpoch: written.producerEpoch,
    firstSequence: written.baseSequence,
    magic: 2,
    partitionLeaderEpoch: 0,
  };
}

/** It leaves the timestamp type to its caller. */
function recordsOf({ attributes, firstOffset, firstTimestamp, maxTimestamp, records }: TheirBatch) {
  const isStamped = ((attributes >> TIMESTAMP_TYPE_BIT) & 1) === 1;
  return records.map(({ offsetDelta, timestampDelta, key, value, headers }) => ({
    offset: Number(firstOffset) + offsetDelta,
    timestamp: Number(isStamped ? maxTimestamp : firstTimestamp + timestampDelta),
    key: viewOf(key),
    value: viewOf(value),
    headers: headers.map(([name, content]) => ({ key: String(name), value: viewOf(content) })),
  }));
}

describe.each(samples.map(sample => [folderOf(sample), sample] as const))(
  'the segments of a log: %s',
  (_name, sample) => {
    it('hold what they should: headers, nulls, append times, producers and sequences', async () => {
      const { batches, segments } = await sampleLog(sample);
      const theirs = segments.flatMap(theirBatches);
      expect(theirs).toMatchObject(batches.map(fieldsOf));
      expect(theirs.map(recordsOf)).toEqual(batches.map(({ records }) => records));
    });

    it('hold whole batches and nothing else, none before the offset in the name', async () => {
      const { segments } = await sampleLog(sample);
      expect(segments.length).toBeGreaterThan(1);
      for (const segment of segments) {
        const theirs = theirBatches(segment);
        // a length counts from behind itself
        const sizeInBytes = theirs.reduce((sum, { length }) => sum + length + 12, 0);
        expect(sizeInBytes).toBe(segment.bytes.byteLength);
        const base = BigInt(segment.baseOffset);
        if (sample.isCompacted) expect(theirs[0]?.firstOffset).toBeGreaterThanOrEqual(base);
        else expect(theirs[0]?.firstOffset).toBe(base);
      }
    });
  },
);

describe('compaction of a log', () => {
  it('leaves gaps before, between and in batches', async () => {
    const { batches, segments } = await sampleLog({ codec: 'none', isCompacted: true });
    expect(theirBatches(segments[0] as SampleSegment)[0]?.firstOffset).toBeGreaterThan(0n);
    const isBehindGap = ({ baseOffset }: WrittenBatch, index: number) =>
      (batches[index - 1]?.lastOffset ?? -1) < baseOffset - 1;
    expect(batches.slice(1).some((batch, index) => isBehindGap(batch, index + 1))).toBe(true);
    const partly = batches.filter(({ baseOffset, lastOffset, records }) => records.length <= lastOffset - baseOffset);
    expect(partly.some(({ baseOffset, records }) => records[0]?.offset !== baseOffset)).toBe(true);
    expect(partly.some(({ lastOffset, records }) => records.at(-1)?.offset !== lastOffset)).toBe(true);
  });
});
