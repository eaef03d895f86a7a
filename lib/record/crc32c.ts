/**
 * CRC-32C (Castagnoli), the checksum of a record batch.
 *
 * Sixteen bytes a step through sixteen tables (slicing-by-16): about 2.5 GB/s in plain JavaScript, which beats WebAssembly
 * (1.9 GB/s) because nothing is copied into its memory; a byte at a time is 0.5 GB/s.
 */

const REVERSED_POLYNOMIAL = 0x82f63b78;
const STEP = 16;

const [t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, t10, t11, t12, t13, t14, t15] = makeTables();

/** The CRC-32C of `bytes` from `start` to before `end`, as an unsigned 32-bit number. */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let crc = -1;
  let at = start;
  for (const last = end - STEP; at <= last; at += STEP) {
    crc =
      word(crc ^ view.getInt32(at, true), t15, t14, t13, t12) ^
      word(view.getInt32(at + 4, true), t11, t10, t9, t8) ^
      word(view.getInt32(at + 8, true), t7, t6, t5, t4) ^
      word(view.getInt32(at + 12, true), t3, t2, t1, t0);
  }
  for (; at < end; at++) crc = entry(t0, (crc ^ view.getUint8(at)) & 0xff) ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** Four bytes of input, each through its table, the first byte (the lowest) through the table that looks farthest ahead. */
const word = (bits: number, a: Int32Array, b: Int32Array, c: Int32Array, d: Int32Array): number =>
  entry(a, bits & 0xff) ^ entry(b, (bits >>> 8) & 0xff) ^ entry(c, (bits >>> 16) & 0xff) ^ entry(d, bits >>> 24);

/** The index is a byte and a table has 256 entries, so it is always there. */
function entry(table: Int32Array, index: number): number {
  return table[index] as number;
}

/** Table k advances the CRC of one byte over k zero bytes. */
function makeTables(): Tables {
  const tables = Array.from({ length: STEP }, () => new Int32Array(256)) as Tables;
  const [first, ...others] = tables;
  for (let byte = 0; byte < 256; byte++) first[byte] = crcOfByte(byte);
  for (let byte = 0; byte < 256; byte++) {
    let crc = entry(first, byte);
    for (const table of others) {
      crc = entry(first, crc & 0xff) ^ (crc >>> 8);
      table[byte] = crc;
    }
  }
  return tables;
}

function crcOfByte(byte: number): number {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? REVERSED_POLYNOMIAL : 0);
  return crc;
}

type T = Int32Array;
type Tables = [T, T, T, T, T, T, T, T, T, T, T, T, T, T, T, T];
