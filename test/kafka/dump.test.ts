import { describe, expect, it } from 'vitest';
import { faultsOf } from './dump.ts';
import type { WrittenBatch } from './sample-log.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

const written: WrittenBatch = {
  baseOffset: 10,
  lastOffset: 11,
  codec: 'zstd',
  timestampType: 'CreateTime',
  producerId: 7,
  producerEpoch: 3,
  baseSequence: 4,
  records: [
    { offset: 10, timestamp: 1_002, key: bytes('k'), value: bytes('one'), headers: [{ key: 'h', value: null }] },
    { offset: 11, timestamp: 1_000, key: null, value: null, headers: [] },
  ],
};

/** As Apache Kafka 4.3.1 prints it. */
const text = `Dumping 00000000000000000010.log
Log starting offset: 10
baseOffset: 10 lastOffset: 11 count: 2 baseSequence: 4 lastSequence: 5 producerId: 7 producerEpoch: 3 \
partitionLeaderEpoch: 0 isTransactional: false isControl: false deleteHorizonMs: OptionalLong.empty position: 0 \
CreateTime: 1002 size: 109 magic: 2 compresscodec: zstd crc: 1504026602 isvalid: true
| offset: 10 CreateTime: 1002 keySize: 1 valueSize: 3 sequence: 4 headerKeys: [h] key: k payload: one
| offset: 11 CreateTime: 1000 keySize: -1 valueSize: -1 sequence: 5 headerKeys: []
Non-consecutive offsets in 00000000000000000010.log
  -1 is followed by 10
`;

const faults = (dump: string, sizeInBytes = 109) =>
  faultsOf(dump, [{ file: '00000000000000000010.log', sizeInBytes, batches: [written] }]);

describe("the dump of Kafka's tool", () => {
  it('has no fault where it says what was written', () => {
    expect(faults(text)).toEqual([]);
  });

  it.each([
    ['a batch is not valid', text.replace('isvalid: true', 'isvalid: false')],
    ['bytes at the end are not', `${text}Found 5 invalid bytes at the end of 00000000000000000010.log\n`],
    ['offsets do not follow each other', `${text}  11 is followed by 13\n`],
    ['a gap is not told', text.replace('  -1 is followed by 10\n', '')],
    ['a record is missing', text.replace(/\| offset: 11.*\n/, '')],
    ['a value is another', text.replace('payload: one', 'payload: two')],
    ['a null is an empty value', text.replace('valueSize: -1', 'valueSize: 0')],
    ['a sequence is another', text.replace('baseSequence: 4', 'baseSequence: 5')],
    ['it says nothing', ''],
  ])('has a fault where %s', (_what, dump) => {
    expect(faults(dump)).not.toEqual([]);
  });

  it('has no fault where compaction left a gap, and it says so', () => {
    const compacted = {
      ...written,
      lastOffset: 12,
      records: written.records.map(record => ({ ...record, offset: 12 })),
    };
    const batches = [{ ...compacted, records: compacted.records.slice(1) }];
    const dump = text
      .replace('lastOffset: 11 count: 2', 'lastOffset: 12 count: 1')
      .replace('lastSequence: 5', 'lastSequence: 6')
      .replace('CreateTime: 1002', 'CreateTime: 1000')
      .replace(/\| offset: 10 .*\n/, '')
      .replace('| offset: 11', '| offset: 12')
      .replace('sequence: 5', 'sequence: 6')
      .replace('-1 is followed by 10', '-1 is followed by 12');
    const file = '00000000000000000010.log';
    expect(faultsOf(dump, [{ file, sizeInBytes: 109, batches }])).toEqual([]);
    expect(faultsOf(dump, [{ file, sizeInBytes: 109, batches: [written] }])).not.toEqual([]);
  });

  it('has a fault where the file goes on', () => {
    expect(faults(text, 110)).toEqual([expect.stringContaining('the batches end at 109, the file at 110')]);
  });
});
