/**
 * Kafka's int64 as a JavaScript number. Offsets, timestamps and producer ids all fit in 53 bits; a value that does not is
 * refused, never rounded.
 */
import { corrupt } from './corrupt.ts';

const TWO_TO_32 = 2 ** 32;

/** Reads the big-endian int64 at `at`; CORRUPT_MESSAGE beyond ±(2^53 - 1). */
export function readInt64(view: DataView, at: number): number {
  const value = view.getInt32(at) * TWO_TO_32 + view.getUint32(at + 4);
  if (!Number.isSafeInteger(value)) throw corrupt(`int64 ${view.getBigInt64(at)} is beyond 2^53 - 1`);
  return value;
}

/** Writes `value`, a safe integer, as the big-endian int64 at `at`. */
export function writeInt64(view: DataView, at: number, value: number): void {
  if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is not an integer within ±(2^53 - 1)`);
  view.setInt32(at, Math.floor(value / TWO_TO_32));
  view.setInt32(at + 4, value);
}
