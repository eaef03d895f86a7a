/**
 * Steps through the records of a batch, decompressed. A record is, in zigzag varints:
 *
 *   length, attributes (one byte, unused), timestampDelta, offsetDelta, keyLength, key, valueLength, value,
 *   headersCount, then for each header keyLength, key, valueLength, value
 *
 * Length -1 is null. Invariant: nothing is read outside of the bytes given, whatever lengths and counts they claim, and
 * nothing is allocated by their word.
 */
import { corrupt } from './corrupt.ts';
import type { RecordHeader } from './record.ts';

const nothing = new Uint8Array(0);

export class RecordCursor {
  /** Where the next record begins; once all are read, where they end. */
  position = 0;

  // The record that `next` read last.
  timestampDelta = 0;
  offsetDelta = 0;
  headersCount = 0;
  /** In bytes. */
  longestHeaderKey = 0;
  keyLength = -1;
  valueLength = -1;
  #keyStart = 0;
  #valueStart = 0;
  #headersStart = 0;

  readonly bytes: Buffer;

  constructor(records: Uint8Array) {
    this.bytes = Buffer.from(records.buffer, records.byteOffset, records.byteLength);
  }

  /** Reads one record, which has to fill the length that it states. */
  next(): void {
    const length = this.#varint();
    const end = this.position + length;
    if (length < 0 || end > this.bytes.length) throw corrupt(`a record of ${length} bytes does not fit in its batch`);
    this.position++; // attributes
    this.timestampDelta = this.#varlong();
    this.offsetDelta = this.#varint();
    this.keyLength = this.#varint();
    this.#keyStart = this.#skip(this.keyLength);
    this.valueLength = this.#varint();
    this.#valueStart = this.#skip(this.valueLength);
    this.headersCount = this.#varint();
    this.#headersStart = this.position;
    this.#skipHeaders();
    if (this.position !== end) throw corrupt(`a record ends at ${this.position} where its length says ${end}`);
  }

  /** Refuses bytes that follow the last record. */
  expectEnd(): void {
    const left = this.bytes.length - this.position;
    if (left > 0) throw corrupt(`${left} bytes follow the last record of a batch`);
  }

  key(): Uint8Array | null {
    return this.#slice(this.#keyStart, this.keyLength);
  }

  value(): Uint8Array | null {
    return this.#slice(this.#valueStart, this.valueLength);
  }

  headers(): RecordHeader[] {
    const headers: RecordHeader[] = [];
    const end = this.position;
    this.position = this.#headersStart;
    for (let read = 0; read < this.headersCount; read++) {
      const keyLength = this.#varint();
      const keyStart = this.#skip(keyLength);
      const valueLength = this.#varint();
      const valueStart = this.#skip(valueLength);
      const key = this.bytes.toString('utf8', keyStart, keyStart + keyLength);
      headers.push({ key, value: this.#slice(valueStart, valueLength) });
    }
    this.position = end;
    return headers;
  }

  /** Walks over the headers, so that `headers` can trust them. Each takes two bytes at least: the count is bounded by them. */
  #skipHeaders(): void {
    if (this.headersCount < 0) throw corrupt(`a record with ${this.headersCount} headers`);
    this.longestHeaderKey = 0;
    for (let skipped = 0; skipped < this.headersCount; skipped++) {
      const keyLength = this.#varint();
      if (keyLength < 0) throw corrupt('a record header without a key');
      if (keyLength > this.longestHeaderKey) this.longestHeaderKey = keyLength;
      this.#skip(keyLength);
      this.#skip(this.#varint());
    }
  }

  /** Steps over `length` bytes, none for null; returns where they begin. */
  #skip(length: number): number {
    const start = this.position;
    if (length < -1 || start + length > this.bytes.length)
      throw corrupt(`a field of ${length} bytes does not fit in its record`);
    if (length > 0) this.position += length;
    return start;
  }

  /** A view, or null. Empty fields share one view: there may be millions of them. */
  #slice(start: number, length: number): Uint8Array | null {
    if (length < 0) return null;
    if (length === 0) return nothing;
    return new Uint8Array(this.bytes.buffer, this.bytes.byteOffset + start, length);
  }

  #byte(): number {
    const byte = this.bytes[this.position++];
    if (byte === undefined) throw corrupt('the records end in the middle of a number');
    return byte;
  }

  #varint(): number {
    let zigzag = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#byte();
      zigzag |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        if (shift === 28 && byte > 0x0f) break;
        return (zigzag >>> 1) ^ -(zigzag & 1);
      }
    }
    throw corrupt('a varint of more than 32 bits');
  }

  /** Beyond 28 bits the magnitude is summed as a float, apart from the sign bit: together they may not be exact. */
  #varlong(): number {
    let zigzag = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#byte();
      zigzag |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (zigzag >>> 1) ^ -(zigzag & 1);
    }
    let magnitude = zigzag >>> 1;
    for (let scale = 2 ** 27; scale <= 2 ** 62; scale *= 128) {
      const byte = this.#byte();
      magnitude += (byte & 0x7f) * scale;
      if (byte >= 0x80) continue;
      const value = zigzag & 1 ? -magnitude - 1 : magnitude;
      if (!Number.isSafeInteger(value)) break;
      return value;
    }
    throw corrupt('a varlong beyond 2^53 - 1');
  }
}
