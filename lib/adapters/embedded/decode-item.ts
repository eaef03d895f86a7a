import type { Attributes, AttributeValue } from '../../ports/item-table.ts';
import { MillraceError } from '../../protocol/errors.ts';
import { mapOf } from '../attribute-value.ts';
import { type ItemValue, tags } from './item-format.ts';

/** The item's value; the bytes among its attributes are views of `source`. */
export function decodeItem(source: Uint8Array): ItemValue {
  try {
    const reader = new Reader(source);
    const writeId = reader.string();
    const expiresAt = reader.number();
    const attributes = reader.map();
    return Number.isNaN(expiresAt) ? { writeId, attributes } : { writeId, attributes, expiresAt };
  } catch (cause) {
    // a read past the end, or a size that cannot be
    if (!(cause instanceof RangeError)) throw cause;
    throw new MillraceError('STORAGE_ERROR', `a stored item of ${source.length} bytes is damaged`, { cause });
  }
}

class Reader {
  readonly #source: Buffer;
  #position = 0;

  constructor(source: Uint8Array) {
    this.#source = Buffer.from(source.buffer, source.byteOffset, source.byteLength);
  }

  map(): Attributes {
    return mapOf(this.#times(this.#varint(), () => [this.string(), this.#value()] as const));
  }

  string(): string {
    const start = this.#skip(this.#varint());
    return this.#source.toString('utf8', start, this.#position);
  }

  number(): number {
    return this.#source.readDoubleBE(this.#skip(8));
  }

  #value(): AttributeValue {
    const tag = this.#byte();
    switch (tag) {
      case tags.null:
        return null;
      case tags.false:
        return false;
      case tags.true:
        return true;
      case tags.number:
        return this.number();
      case tags.string:
        return this.string();
      case tags.bytes:
        return this.#bytes();
      case tags.list:
        return this.#times(this.#varint(), () => this.#value());
      case tags.map:
        return this.map();
      default:
        throw new RangeError(`unknown tag ${tag}`);
    }
  }

  #bytes(): Uint8Array {
    const start = this.#skip(this.#varint());
    return new Uint8Array(this.#source.buffer, this.#source.byteOffset + start, this.#position - start);
  }

  #varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.#byte();
      value += (byte % 0x80) * scale;
      if (byte < 0x80) return value;
    }
  }

  #byte(): number {
    return this.#source.readUInt8(this.#skip(1));
  }

  #times<T>(count: number, read: () => T): T[] {
    const values: T[] = [];
    for (let i = 0; i < count; i++) values.push(read());
    return values;
  }

  /** Moves past so many bytes and returns where they start. */
  #skip(size: number): number {
    const start = this.#position;
    if (start + size > this.#source.length) throw new RangeError(`${size} bytes at ${start} reach past the end`);
    this.#position += size;
    return start;
  }
}
