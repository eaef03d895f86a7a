/**
 * Where a compressor or a decompressor writes: a buffer of a size that is settled beforehand.
 *
 * Invariant: what does not fit, or copies from before the window, is refused; nothing is written outside.
 */
import { corrupt } from './corrupt.ts';

/** Below so many bytes a loop is faster than a call. */
const SHORT_COPY = 16;

export class ByteOutput {
  readonly bytes: Buffer;
  /** How much is written. */
  length = 0;
  /** From where on `repeat` may copy. */
  windowStart = 0;

  constructor(capacity: number) {
    this.bytes = Buffer.allocUnsafe(capacity);
  }

  get written(): Buffer {
    return this.bytes.subarray(0, this.length);
  }

  push(byte: number): void {
    this.bytes[this.length++] = byte;
  }

  /** Takes room for `size` bytes; returns where it begins. */
  reserve(size: number): number {
    const at = this.length;
    if (at + size > this.bytes.length)
      throw corrupt(`decompresses to more than the ${this.bytes.length} bytes it states`);
    this.length = at + size;
    return at;
  }

  /** Appends `source` from `start` to before `end`. */
  append(source: Uint8Array, start: number, end: number): void {
    if (end > source.length) throw corrupt(`a compressed block ends before byte ${end}`);
    const at = this.reserve(end - start);
    if (end - start >= SHORT_COPY) this.bytes.set(source.subarray(start, end), at);
    else for (let from = start, to = at; from < end; ) this.bytes[to++] = source[from++] as number;
  }

  /** Appends `length` bytes from `distance` back. They may overlap what is appended: distance 1 repeats one byte. */
  repeat(distance: number, length: number): void {
    const start = this.length - distance;
    if (distance < 1 || start < this.windowStart) throw corrupt(`a copy from ${distance} bytes back at ${this.length}`);
    const at = this.reserve(length);
    if (length < SHORT_COPY) {
      for (let from = start, to = at; to < at + length; ) this.bytes[to++] = this.bytes[from++] as number;
      return;
    }
    // The bytes repeat every `distance`, so each round may copy all that the rounds before it wrote.
    for (let copied = 0; copied < length; ) {
      const chunk = Math.min(distance + copied, length - copied);
      this.bytes.copyWithin(at + copied, start, start + chunk);
      copied += chunk;
    }
  }
}
