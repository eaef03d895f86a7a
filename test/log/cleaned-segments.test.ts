/** Reading what compaction leaves: segments with gaps anywhere, batches without some of their records, segments without an object. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryObjectStore } from '../../lib/adapters/memory/object-store.ts';
import { awsLogSettings } from '../../lib/log/deps.ts';
import type { StoredBatch } from '../../lib/log/load-batches.ts';
import { ManifestStore } from '../../lib/log/manifest-store.ts';
import { neverRolled } from '../../lib/log/partition-state.ts';
import { RolledLog } from '../../lib/log/rolled-log.ts';
import { type LogSegment, SegmentBuilder } from '../../lib/log/segment.ts';
import { readBatchHeader } from '../../lib/record/batch-header.ts';
import { decodeBatch } from '../../lib/record/decode-batch.ts';
import { encodeBatch } from '../../lib/record/encode-batch.ts';
import { retainRecords } from '../../lib/record/retain-records.ts';

const at = { topicId: 't', partition: 0 };

interface NewBatch {
  /** Whether each of its records stays. */
  readonly stays: readonly boolean[];
  readonly valueBytes: number;
}

/** Batches up to the distance of the index's points, most of them thinned out or gone. */
const anyBatch: fc.Arbitrary<NewBatch> = fc.record({
  stays: fc.oneof(
    fc.array(fc.boolean(), { minLength: 1, maxLength: 6 }),
    fc.integer({ min: 1, max: 6 }).map(count => new Array<boolean>(count).fill(false)),
  ),
  valueBytes: fc.constantFrom(1, 100, 9_000),
});

const anyLog = fc.array(fc.array(anyBatch, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 6 });

interface World {
  readonly rolled: RolledLog;
  readonly state: typeof neverRolled & { readonly manifestKey?: string };
  /** Of the records that stay. */
  readonly offsets: readonly number[];
}

async function worldOf(log: readonly (readonly NewBatch[])[]): Promise<World> {
  const objects = new MemoryObjectStore({ now: () => 0 });
  const manifests = new ManifestStore({ objects, settings: { ...awsLogSettings, segmentsListed: 4 } });
  const segments: LogSegment[] = [];
  const offsets: number[] = [];
  let next = 0;
  for (const [number, batches] of log.entries()) {
    const builder = new SegmentBuilder(next, 1_000);
    for (const { stays, valueBytes } of batches) {
      const batch = batchAt(next, stays.length, valueBytes);
      const kept = retainRecords(batch, offset => stays[offset - batch.header.baseOffset] === true, {
        maxDecompressedBytes: 1 << 20,
      });
      if (kept) {
        builder.skipTo(next);
        builder.add({ header: readBatchHeader(kept), nextOffset: batch.nextOffset, bytes: kept });
      }
      builder.skipTo(batch.nextOffset);
      offsets.push(...stays.flatMap((isKept, index) => (isKept ? next + index : [])));
      next = batch.nextOffset;
    }
    const { bytes, ...content } = builder.build();
    const objectKey = `segment-${number}`;
    if (bytes.byteLength > 0) await objects.put(objectKey, Uint8Array.from(bytes));
    const times = { createdFrom: 0, createdTo: 0, clean: content.nextOffset };
    segments.push({ ...content, ...times, id: `${number}`, ...(bytes.byteLength > 0 && { objectKey }) });
  }
  let ids = 0;
  const manifestKey = await manifests.write(at, { chapters: [], segments }, () => ({ fence: 0, id: `m${ids++}` }));
  const state = { ...neverRolled, rolledOffset: next, ...(manifestKey !== undefined && { manifestKey }) };
  return { rolled: new RolledLog(objects, manifests), state, offsets };
}

function batchAt(baseOffset: number, count: number, valueBytes: number): StoredBatch {
  const records = Array.from({ length: count }, (_, index) => ({
    timestamp: baseOffset + index,
    key: null,
    value: new Uint8Array(valueBytes),
    headers: [],
  }));
  const bytes = encodeBatch({ records, codec: 'none', baseOffset });
  return { header: readBatchHeader(bytes), bytes, nextOffset: baseOffset + count };
}

const offsetsOf = (batches: readonly StoredBatch[], from: number): number[] =>
  batches
    .flatMap(({ bytes }) => decodeBatch(bytes, { maxDecompressedBytes: 1 << 20 }).map(({ offset }) => offset))
    .filter(offset => offset >= from);

describe('a log whose segments were cleaned', () => {
  it('gives from every offset what stayed from there on, however much is asked for at once', async () => {
    await fc.assert(
      fc.asyncProperty(anyLog, fc.constantFrom(1, 200, 20_000, 1 << 20), async (log, maxBytes) => {
        const { rolled, state, offsets } = await worldOf(log);
        for (let from = 0; from < state.rolledOffset; from++) {
          const expected = offsets.filter(offset => offset >= from);
          const page = await rolled.read(state, { offset: from, maxBytes });
          const read = offsetsOf(page.batches, from);
          expect(read).toEqual(expected.slice(0, read.length));
          // nothing is passed over, and a reader gets on
          expect(page.nextOffset).toBeGreaterThan(read.at(-1) ?? from);
          expect(expected[read.length] ?? state.rolledOffset).toBeGreaterThanOrEqual(page.nextOffset);
          if (read.length === 0) expect([expected, page.nextOffset]).toEqual([[], state.rolledOffset]);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('is read on from page to page', async () => {
    await fc.assert(
      fc.asyncProperty(anyLog, fc.constantFrom(1, 5_000), async (log, maxBytes) => {
        const { rolled, state, offsets } = await worldOf(log);
        const read: number[] = [];
        for (let offset = 0; offset < state.rolledOffset; ) {
          const page = await rolled.read(state, { offset, maxBytes });
          read.push(...offsetsOf(page.batches, offset));
          offset = page.nextOffset;
        }
        expect(read).toEqual(offsets);
      }),
      { numRuns: 150 },
    );
  });
});
