/** The records that produce and fetch are measured with, in each form in which they travel. */
import { encodeBatch } from '../../lib/record/encode-batch.ts';
import type { NewRecord } from '../../lib/record/record.ts';
import type { Format } from './results.ts';

export interface Shape {
  /** Of a record's value, which is JSON text; it has no key and no headers. */
  readonly recordBytes: number;
  readonly batchRecords: number;
}

export const shapes: readonly Shape[] = [100, 1024].flatMap(recordBytes =>
  [1, 100, 1000].map(batchRecords => ({ recordBytes, batchRecords })),
);

export const clientCounts = [1, 16] as const;

export const formats = ['json', 'raw batch'] as const satisfies readonly Format[];

export const mediaTypes: Readonly<Record<Format, string>> = {
  json: 'application/vnd.kafka.json.v2+json',
  'raw batch': 'application/vnd.millrace.record-batch',
};

/** Values of which no two are alike, as JSON objects of exactly so many bytes. */
export function valuesOf({ recordBytes, batchRecords }: Shape): readonly string[] {
  return Array.from({ length: batchRecords }, (_, index) => {
    const start = `{"id":${index},"text":"`;
    return `${start}${textOf(recordBytes - start.length - 2, index)}"}`;
  });
}

export function batchOf(shape: Shape): Uint8Array {
  const timestamp = Date.now();
  const records: NewRecord[] = valuesOf(shape).map(value => {
    return { timestamp, key: null, value: Buffer.from(value), headers: [] };
  });
  return encodeBatch({ records, codec: 'none' });
}

/** The body of a produce request. */
export function bodyOf(shape: Shape, format: Format): Uint8Array {
  if (format === 'raw batch') return batchOf(shape);
  return Buffer.from(`{"records":[${valuesOf(shape).map(value => `{"value":${value}}`)}]}`);
}

export const describeShape = ({ recordBytes, batchRecords }: Shape): string =>
  `${recordBytes === 1024 ? '1 KiB' : `${recordBytes} B`} x ${batchRecords.toLocaleString('en')}`;

/** Letters and digits that no codec makes much of, the same for the same seed. */
function textOf(length: number, seed: number): string {
  let state = seed + 1;
  let text = '';
  while (text.length < length) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    text += state.toString(36);
  }
  return text.slice(0, length);
}
