/** Records, batches and bytes for properties. */
import fc from 'fast-check';
import { limits } from '../../lib/protocol/limits.ts';
import { compressionCodecs } from '../../lib/record/compression.ts';
import type { LogRecord, NewRecord, RecordHeader } from '../../lib/record/record.ts';

const nullableBytes = fc.option(fc.uint8Array({ maxLength: 40 }), { nil: null });

const anyTimestamp = fc.oneof(
  fc.integer({ min: 1_699_999_990_000, max: 1_700_000_010_000 }),
  fc.integer({ min: -1, max: 10 }),
  fc.integer({ min: 0, max: limits.timestampMs }),
);

/** An offset that leaves room for the records after it. */
export const anyOffset = fc.oneof(fc.nat(1_000), fc.integer({ min: 2 ** 32, max: Number.MAX_SAFE_INTEGER - 100 }));

const anyHeader: fc.Arbitrary<RecordHeader> = fc.record({
  key: fc.string({ unit: 'binary', maxLength: 8 }),
  value: nullableBytes,
});

export const anyRecord: fc.Arbitrary<NewRecord> = fc.record({
  timestamp: anyTimestamp,
  key: nullableBytes,
  value: nullableBytes,
  headers: fc.array(anyHeader, { maxLength: 3 }),
});

export const anyRecords = fc.array(anyRecord, { minLength: 1, maxLength: 20 });

export const anyCodec = fc.constantFrom(...compressionCodecs);

/** The records as they are read from a batch based at the offset. */
export const atOffsets = (records: readonly NewRecord[], baseOffset: number): LogRecord[] =>
  records.map((record, index) => ({ ...record, offset: baseOffset + index }));

/** A record with only what a test is about. */
export const recordOf = (fields: Partial<NewRecord> = {}): NewRecord => ({
  timestamp: 1_700_000_000_000,
  key: null,
  value: null,
  headers: [],
  ...fields,
});

/** Bytes that do not compress, the same every time. */
export function noise(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  let state = 1;
  for (let at = 0; at < size; at++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[at] = state >>> 16;
  }
  return bytes;
}
