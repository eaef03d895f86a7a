/**
 * Kafka's signed variable-length integers, written: zigzag (0, -1, 1, -2, … become 0, 1, 2, 3, …), then seven bits a byte,
 * low bits first, the high bit set on all but the last. `RecordCursor` reads them.
 */

/** How many bytes an int32 takes: 1 to 5. */
export function sizeOfVarint(value: number): number {
  const zigzag = (value << 1) ^ (value >> 31);
  return Math.trunc((31 - Math.clz32(zigzag | 1)) / 7) + 1;
}

/** Writes an int32 at `at`; returns where the next byte goes. */
export function writeVarint(target: Uint8Array, at: number, value: number): number {
  let next = at;
  let rest = (value << 1) ^ (value >> 31);
  while ((rest & ~0x7f) !== 0) {
    target[next++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  target[next++] = rest;
  return next;
}

/** How many bytes a safe integer takes: 1 to 8. */
export function sizeOfVarlong(value: number): number {
  if (isInt32(value)) return sizeOfVarint(value);
  let size = 1;
  for (let rest = Math.floor(magnitudeOf(value) / 64); rest > 0; rest = Math.floor(rest / 128)) size++;
  return size;
}

/** Writes a safe integer at `at`; returns where the next byte goes. */
export function writeVarlong(target: Uint8Array, at: number, value: number): number {
  if (isInt32(value)) return writeVarint(target, at, value);
  // Twice the value may not be exact as a number, so the sign bit joins the lowest six bits instead.
  const magnitude = magnitudeOf(value);
  let next = at;
  let byte = (magnitude % 64) * 2 + (value < 0 ? 1 : 0);
  for (let rest = Math.floor(magnitude / 64); rest > 0; rest = Math.floor(rest / 128)) {
    target[next++] = byte | 0x80;
    byte = rest % 128;
  }
  target[next++] = byte;
  return next;
}

const isInt32 = (value: number): boolean => value === (value | 0);

/** What zigzag keeps above the sign bit. */
const magnitudeOf = (value: number): number => (value < 0 ? -(value + 1) : value);
