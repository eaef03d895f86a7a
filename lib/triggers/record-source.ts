/**
 * The records of a partition from some offset on, read page by page and kept until they are done with: so that a batch that is tried
 * again, or a page of which each event takes a few records, is read and decompressed once.
 */
import type { StoredBatch } from '../log/load-batches.ts';
import type { LogReader } from '../log/log-reader.ts';
import { MillraceError } from '../protocol/errors.ts';
import { limits } from '../protocol/limits.ts';
import { decodeBatch } from '../record/decode-batch.ts';
import type { LogRecord } from '../record/record.ts';

/** What one read asks for; the first batch comes whatever its size. */
const READ_BYTES = 1024 * 1024;

/** A page ends with the batch that has it pass one of these: what is read may decompress to a thousand times its size. */
const PAGE_BYTES = 8 * 1024 * 1024;
const PAGE_RECORDS = 20_000;

/** What a record takes in memory besides its bytes, roughly. */
const RECORD_BYTES = 200;

export interface SourceRecord extends LogRecord {
  readonly timestampType: 'CREATE_TIME' | 'LOG_APPEND_TIME';
}

export interface SourcePage {
  /** In the order of their offsets; none at the end of the log, or where compaction has left none. */
  readonly records: readonly SourceRecord[];
  /** The offset to go on from. */
  readonly nextOffset: number;
  readonly highWatermark: number;
}

interface KeptPage extends SourcePage {
  readonly from: number;
  readonly sizeInBytes: number;
}

/** Batches that are read, and not decompressed yet. */
interface ReadBatches {
  readonly from: number;
  /** Where the log began, if that is above: a batch may begin below, with records that are deleted. */
  readonly logStart?: number;
  readonly batches: readonly StoredBatch[];
  readonly nextOffset: number;
  readonly highWatermark: number;
}

export class RecordSource {
  readonly #reader: LogReader;
  #kept: KeptPage[] = [];
  #ahead: ReadBatches | undefined;

  constructor(reader: LogReader) {
    this.#reader = reader;
  }

  /** What the records take in memory that are kept. */
  get sizeInBytes(): number {
    return this.#kept.reduce((sum, page) => sum + page.sizeInBytes, 0);
  }

  /** The records from the offset, as far as one page goes. An offset below the log start means the log start. */
  async pageFrom(offset: number): Promise<SourcePage> {
    const kept = this.#kept.find(page => page.from <= offset && offset < page.nextOffset);
    const page = kept ?? (await this.#nextPage(offset));
    return { ...page, records: page.records.filter(record => record.offset >= offset) };
  }

  /** Everything below the offset is done with. */
  forgetBelow(offset: number): void {
    this.#kept = this.#kept.filter(page => page.nextOffset > offset);
  }

  async #nextPage(offset: number): Promise<KeptPage> {
    const read = this.#ahead?.from === offset ? this.#ahead : { from: offset, ...(await this.#readFrom(offset)) };
    const { page, left } = firstPage(read);
    this.#ahead = left;
    // nothing is kept of the end of a log, which moves
    if (page.nextOffset > offset) this.#kept.push(page);
    return page;
  }

  async #readFrom(offset: number): Promise<Omit<ReadBatches, 'from'>> {
    try {
      return await this.#reader.read({ offset, maxBytes: READ_BYTES });
    } catch (error) {
      if (!(error instanceof MillraceError) || error.code !== 'OFFSET_OUT_OF_RANGE') throw error;
      this.#reader.forget();
      const { logStartOffset, highWatermark } = await this.#reader.bounds();
      // retention was faster, or an offset was set that the log has not reached
      if (offset >= logStartOffset) return { batches: [], nextOffset: offset, highWatermark };
      const read = await this.#reader.read({ offset: logStartOffset, maxBytes: READ_BYTES });
      return { ...read, logStart: logStartOffset };
    }
  }
}

/** The first of what was read, decompressed, and what is left of it. */
function firstPage({ from, logStart = from, batches, nextOffset, highWatermark }: ReadBatches): {
  readonly page: KeptPage;
  readonly left: ReadBatches | undefined;
} {
  const records: SourceRecord[] = [];
  let sizeInBytes = 0;
  for (const [index, batch] of batches.entries()) {
    for (const record of recordsOf(batch)) {
      if (record.offset < logStart) continue;
      records.push(record);
      sizeInBytes += sizeOf(record);
    }
    const isLast = index === batches.length - 1;
    if (isLast || (sizeInBytes < PAGE_BYTES && records.length < PAGE_RECORDS)) continue;
    const page = { from, records, nextOffset: batch.nextOffset, highWatermark, sizeInBytes };
    return { page, left: { from: batch.nextOffset, batches: batches.slice(index + 1), nextOffset, highWatermark } };
  }
  const page = { from, records, nextOffset: Math.max(from, nextOffset), highWatermark, sizeInBytes };
  return { page, left: undefined };
}

function recordsOf({ bytes, header }: StoredBatch): readonly SourceRecord[] {
  const timestampType = header.timestampType === 'LogAppendTime' ? 'LOG_APPEND_TIME' : 'CREATE_TIME';
  const decoded = decodeBatch(bytes, { maxDecompressedBytes: limits.decompressedBatchBytes });
  return decoded.map(record => ({ ...record, timestampType }));
}

const sizeOf = ({ key, value, headers }: SourceRecord): number =>
  headers.reduce(
    (sum, header) => sum + header.key.length + (header.value?.byteLength ?? 0),
    RECORD_BYTES + (key?.byteLength ?? 0) + (value?.byteLength ?? 0),
  );
