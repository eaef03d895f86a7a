/** `@platformatic/kafka` reads whole segments, every batch and record of them. */
import { Reader, readRecordsBatches } from '@platformatic/kafka';
import { describe, expect, it } from 'vitest';
import { compressionCodecs, idOfCodec } from '../../lib/record/compression.ts';
import { type SampleSegment, sampleLog, type WrittenBatch } from '../kafka/sample-log.ts';

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
    lastOffsetDelta: records.length - 1,
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
function recordsOf({ attributes, firstTimestamp, maxTimestamp, records }: TheirBatch) {
  const isStamped = ((attributes >> TIMESTAMP_TYPE_BIT) & 1) === 1;
  return records.map(({ timestampDelta, key, value, headers }) => ({
    timestamp: Number(isStamped ? maxTimestamp : firstTimestamp + timestampDelta),
    key: viewOf(key),
    value: viewOf(value),
    headers: headers.map(([name, content]) => ({ key: String(name), value: viewOf(content) })),
  }));
}

describe.each(compressionCodecs)('the segments of a log in codec %s', codec => {
  it('hold what was written: headers, nulls, append times, producers and sequences', async () => {
    const { batches, segments } = await sampleLog(codec);
    const theirs = segments.flatMap(theirBatches);
    expect(theirs).toMatchObject(batches.map(fieldsOf));
    expect(theirs.map(recordsOf)).toEqual(batches.map(({ records }) => records));
  });

  it('hold whole batches and nothing else, the first at the offset in the name', async () => {
    const { segments } = await sampleLog(codec);
    expect(segments.length).toBeGreaterThan(1);
    for (const segment of segments) {
      const theirs = theirBatches(segment);
      // a length counts from behind itself
      const sizeInBytes = theirs.reduce((sum, { length }) => sum + length + 12, 0);
      expect(sizeInBytes).toBe(segment.bytes.byteLength);
      expect(theirs[0]?.firstOffset).toBe(BigInt(segment.baseOffset));
    }
  });
});
