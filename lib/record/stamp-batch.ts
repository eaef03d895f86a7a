/** What a broker writes into a batch that it appends: in place, without touching its records. */
import { attributeBits, batchField, writeBatchCrc } from './batch-header.ts';
import { writeInt64 } from './int64.ts';
import { refuseBadTimestamp } from './timestamp.ts';

/** Gives the batch its offsets, and leader epoch 0 as in all our batches. Neither is under the CRC. */
export function stampBaseOffset(batch: Uint8Array, baseOffset: number): void {
  const view = new DataView(batch.buffer, batch.byteOffset, batch.byteLength);
  writeInt64(view, batchField.baseOffset, baseOffset);
  view.setInt32(batchField.leaderEpoch, 0);
}

/** Makes `timestamp`, in milliseconds, the timestamp of every record of the batch, and its CRC right again. */
export function stampLogAppendTime(batch: Uint8Array, timestamp: number): void {
  refuseBadTimestamp(timestamp);
  const view = new DataView(batch.buffer, batch.byteOffset, batch.byteLength);
  view.setInt16(batchField.attributes, view.getInt16(batchField.attributes) | attributeBits.logAppendTime);
  writeInt64(view, batchField.maxTimestamp, timestamp);
  writeBatchCrc(batch);
}
