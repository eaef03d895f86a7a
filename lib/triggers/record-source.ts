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
const PAGE_BYTES = 1024 * 1024;

/** Batches of a page are decompressed until they are so large; those that follow are the next page's. */
const PAGE_DECODED_BYTES = limits.decompressedBatchBytes;

/** What a record takes in memory besides its bytes. */
const RECORD_BYTES = 100;

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
}

export class RecordSource {
  readonly #reader: LogReader;
  #kept: KeptPage[] = [];

  constructor(reader: LogReader) {
    this.#reader = reader;
  }

  /** The records from the offset, as far as one page goes. An offset below the log start means the log start. */
  async pageFrom(offset: number): Promise<SourcePage> {
    const kept = this.#kept.find(page => page.from <= offset && offset < page.nextOffset);
    const page = kept ?? (await this.#read(offset));
    return { ...page, records: page.records.filter(record => record.offset >= offset) };
  }

  /** Everything below the offset is done with. */
  forgetBelow(offset: number): void {
    this.#kept = this.#kept.filter(page => page.nextOffset > offset);
  }

  async #read(offset: number): Promise<KeptPage> {
    const { batches, nextOffset: end, highWatermark, logStartOffset } = await this.#readFrom(offset);
    const { records: decoded, nextOffset = end } = decodedPage(batches);
    // what lies below the log start is gone, although the first batch may hold it
    const records = decoded.filter(record => record.offset >= logStartOffset);
    const page = { from: offset, records, nextOffset: Math.max(offset, nextOffset), highWatermark };
    // nothing is kept of the end of a log, which moves
    if (page.nextOffset > offset) this.#kept.push(page);
    return page;
  }

  async #readFrom(offset: number) {
    try {
      return await this.#reader.read({ offset, maxBytes: PAGE_BYTES });
    } catch (error) {
      if (!(error instanceof MillraceError) || error.code !== 'OFFSET_OUT_OF_RANGE') throw error;
      this.#reader.forget();
      const { logStartOffset, highWatermark } = await this.#reader.bounds();
      // retention was faster, or an offset was set that the log has not reached
      if (offset >= logStartOffset) return { batches: [], nextOffset: offset, highWatermark, logStartOffset };
      return this.#reader.read({ offset: logStartOffset, maxBytes: PAGE_BYTES });
    }
  }
}

/** The records of the batches, and where the first begins that is too much for one page, if one is. */
function decodedPage(batches: readonly StoredBatch[]) {
  const records: SourceRecord[] = [];
  let size = 0;
  for (const { bytes, header } of batches) {
    if (size >= PAGE_DECODED_BYTES) return { records, nextOffset: header.baseOffset };
    const timestampType = header.timestampType === 'LogAppendTime' ? 'LOG_APPEND_TIME' : 'CREATE_TIME';
    for (const record of decodeBatch(bytes, { maxDecompressedBytes: limits.decompressedBatchBytes })) {
      records.push({ ...record, timestampType });
      size += sizeInBytes(record);
    }
  }
  return { records };
}

/** About what a record takes in memory. */
export function sizeInBytes({ key, value, headers }: LogRecord): number {
  const sizes = [key, value, ...headers.map(header => header.value)].map(bytes => bytes?.byteLength ?? 0);
  return sizes.reduce((sum, size) => sum + size, RECORD_BYTES);
}
