import type { Attributes, AttributeValue } from '../../ports/item-table.ts';
import { checkedNumber, isList } from '../attribute-value.ts';
import { type ItemValue, tags } from './item-format.ts';

/** The item's value as bytes of its own. It is measured first, so that a big attribute is copied only once. */
export function encodeItem(item: ItemValue): Buffer {
  const size = sizeOfString(item.writeId) + 8 + sizeOfMap(item.attributes);
  const writer = new Writer(Buffer.allocUnsafe(size));
  writer.string(item.writeId);
  writer.number(item.expiresAt ?? Number.NaN);
  writer.map(item.attributes);
  return writer.target;
}

function sizeOfMap(map: Attributes): number {
  const entries = Object.entries(map);
  return entries.reduce(
    (size, [name, value]) => size + sizeOfString(name) + sizeOfValue(value),
    sizeOfVarint(entries.length),
  );
}

function sizeOfValue(value: AttributeValue): number {
  if (value === null || typeof value === 'boolean') return 1;
  if (typeof value === 'number') return 1 + 8;
  if (typeof value === 'string') return 1 + sizeOfString(value);
  if (value instanceof Uint8Array) return 1 + sizeOfVarint(value.length) + value.length;
  if (isList(value))
    return value.reduce<number>((size, entry) => size + sizeOfValue(entry), 1 + sizeOfVarint(value.length));
  return 1 + sizeOfMap(value);
}

function sizeOfString(value: string): number {
  const size = Buffer.byteLength(value);
  return sizeOfVarint(size) + size;
}

function sizeOfVarint(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++;
  return size;
}

class Writer {
  readonly target: Buffer;
  #position = 0;

  constructor(target: Buffer) {
    this.target = target;
  }

  map(map: Attributes): void {
    const entries = Object.entries(map);
    this.#varint(entries.length);
    for (const [name, value] of entries) {
      this.string(name);
      this.#value(value);
    }
  }

  string(value: string): void {
    this.#varint(Buffer.byteLength(value));
    this.#position += this.target.write(value, this.#position);
  }

  number(value: number): void {
    this.#position = this.target.writeDoubleBE(value, this.#position);
  }

  #value(value: AttributeValue): void {
    if (value === null) this.#byte(tags.null);
    else if (typeof value === 'boolean') this.#byte(value ? tags.true : tags.false);
    else if (typeof value === 'number') {
      this.#byte(tags.number);
      this.number(checkedNumber(value));
    } else if (typeof value === 'string') {
      this.#byte(tags.string);
      this.string(value);
    } else if (value instanceof Uint8Array) {
      this.#byte(tags.bytes);
      this.#bytes(value);
    } else if (isList(value)) {
      this.#byte(tags.list);
      this.#varint(value.length);
      for (const entry of value) this.#value(entry);
    } else {
      this.#byte(tags.map);
      this.map(value);
    }
  }

  #bytes(value: Uint8Array): void {
    this.#varint(value.length);
    this.target.set(value, this.#position);
    this.#position += value.length;
  }

  #varint(value: number): void {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.#byte((rest % 0x80) + 0x80);
    this.#byte(rest);
  }

  #byte(value: number): void {
    this.target[this.#position++] = value;
  }
}
