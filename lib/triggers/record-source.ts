/**
 * The records of a partition from some offset on, read page by page and kept until they are done with: so that a batch that is tried
 * again, or a page of which each event takes a few records, is read and decompressed once.
 */
import type { LogReader } from '../log/log-reader.ts';
import { MillraceError } from '../protocol/errors.ts';
import { limits } from '../protocol/limits.ts';
import { decodeBatch } from '../record/decode-batch.ts';
import type { LogRecord } from '../record/record.ts';

/** What one read asks for; the first batch comes whatever its size. */
const PAGE_BYTES = 1024 * 1024;

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
    const { batches, nextOffset, highWatermark } = await this.#readFrom(offset);
    const records = batches.flatMap(({ bytes, header }) => {
      const timestampType = header.timestampType === 'LogAppendTime' ? 'LOG_APPEND_TIME' : 'CREATE_TIME';
      const decoded = decodeBatch(bytes, { maxDecompressedBytes: limits.decompressedBatchBytes });
      return decoded.map((record): SourceRecord => ({ ...record, timestampType }));
    });
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
      if (offset >= logStartOffset) return { batches: [], nextOffset: offset, highWatermark };
      return this.#reader.read({ offset: logStartOffset, maxBytes: PAGE_BYTES });
    }
  }
}
