import { readBatchHeader } from './batch-header.ts';
import { corrupt } from './corrupt.ts';

/**
 * The batches that `bytes` holds end to end, as views of it. Only headers are looked at.
 *
 * @throws MillraceError CORRUPT_MESSAGE if they do not end where `bytes` ends
 */
export function splitBatches(bytes: Uint8Array): Uint8Array[] {
  const batches: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + readBatchHeader(bytes, at).sizeInBytes;
    if (end > bytes.length)
      throw corrupt(`the batch at ${at} should end at ${end}, and the bytes end at ${bytes.length}`);
    batches.push(bytes.subarray(at, end));
    at = end;
  }
  return batches;
}
