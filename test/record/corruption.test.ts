import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MillraceError } from '../../lib/protocol/errors.ts';
import { batchField, batchOverheadInBytes, readBatchHeader, writeBatchHeader } from '../../lib/record/batch-header.ts';
import { checkBatch } from '../../lib/record/check-batch.ts';
import { type CompressionCodec, compressionCodecs, decompress } from '../../lib/record/compression.ts';
import { decodeBatch } from '../../lib/record/decode-batch.ts';
import { encodeBatch } from '../../lib/record/encode-batch.ts';
import { splitBatches } from '../../lib/record/split-batches.ts';
import { anyCodec, anyRecords, recordOf } from './record-arbitrary.ts';

const options = { maxDecompressedBytes: 1 << 16 };
const corrupt = expect.objectContaining({ code: 'CORRUPT_MESSAGE' });

const sample = (codec: CompressionCodec) => {
  const header = { key: 'header', value: Buffer.from('x') };
  const record = recordOf({ key: Buffer.from('key'), value: Buffer.from('value '.repeat(10)), headers: [header] });
  return Buffer.from(encodeBatch({ records: [record, record], codec }));
};

/** A batch with a right header and CRC around whatever bytes. */
function sealed(body: Uint8Array, codec: CompressionCodec, recordsCount: number): Uint8Array {
  const batch = Buffer.concat([Buffer.alloc(batchOverheadInBytes), body]);
  writeBatchHeader(batch, {
    ...readBatchHeader(sample('none')),
    codec,
    recordsCount,
    lastOffsetDelta: recordsCount - 1,
  });
  return batch;
}

/** Whatever the bytes, either an answer or an error of ours. */
function answers(action: () => unknown): void {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(MillraceError);
  }
}

const readers: readonly ((bytes: Uint8Array) => unknown)[] = [
  bytes => readBatchHeader(bytes),
  bytes => splitBatches(bytes),
  bytes => decodeBatch(bytes, options),
  bytes => checkBatch(bytes, options),
];

describe.each(compressionCodecs)('a batch with codec %s', codec => {
  it('is refused with any one bit flipped after the CRC', () => {
    const batch = sample(codec);
    for (let bit = 8 * batchField.attributes; bit < 8 * batch.length; bit++) {
      const flipped = Buffer.from(batch);
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(() => decodeBatch(flipped, options)).toThrow(MillraceError);
    }
  });

  it('is refused when it is cut at any byte', () => {
    const batch = sample(codec);
    for (let size = 0; size < batch.length; size++) {
      const cut = batch.subarray(0, size);
      expect(() => decodeBatch(cut, options)).toThrow(corrupt);
      expect(() => checkBatch(cut, options)).toThrow(corrupt);
      if (size > 0) expect(() => splitBatches(cut)).toThrow(corrupt);
      if (size < batchOverheadInBytes) expect(() => readBatchHeader(cut)).toThrow(corrupt);
    }
  });

  it('is refused when its records are cut at any byte, though the CRC is right', () => {
    const body = sample(codec).subarray(batchOverheadInBytes);
    for (let size = 0; size < body.length; size++) {
      expect(() => decodeBatch(sealed(body.subarray(0, size), codec, 2), options)).toThrow(corrupt);
    }
  });

  it('is refused with a byte too many', () => {
    const batch = sample(codec);
    expect(() => decodeBatch(Buffer.concat([batch, Buffer.alloc(1)]), options)).toThrow(corrupt);
    const body = batch.subarray(batchOverheadInBytes);
    expect(() => decodeBatch(sealed(Buffer.concat([body, Buffer.alloc(1)]), codec, 2), options)).toThrow(corrupt);
  });

  it('is refused when it states more or fewer records than it has', () => {
    const body = sample(codec).subarray(batchOverheadInBytes);
    for (const count of [1, 3, 2 ** 31 - 1]) {
      expect(() => decodeBatch(sealed(body, codec, count), options)).toThrow(corrupt);
      expect(() => checkBatch(sealed(body, codec, count), { ...options, maxRecords: count })).toThrow(corrupt);
    }
  });

  it('with records damaged under a right CRC is read or refused', () => {
    const body = sample(codec).subarray(batchOverheadInBytes);
    const damage = fc.array(fc.tuple(fc.nat(body.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(damage, bytes => {
        const damaged = Buffer.from(body);
        for (const [at, byte] of bytes) damaged.writeUInt8(byte, at);
        for (const read of readers) answers(() => read(sealed(damaged, codec, 2)));
      }),
      { numRuns: 500 },
    );
  });

  it('with records of random bytes is read or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.integer({ min: 1, max: 50 }), (body, count) => {
        for (const read of readers) answers(() => read(sealed(body, codec, count)));
        answers(() => decompress(codec, body, options.maxDecompressedBytes));
      }),
      { numRuns: 500 },
    );
  });
});

it('random bytes are read or refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
      if (bytes.length > batchField.magic) bytes[batchField.magic] = 2;
      for (const read of readers) answers(() => read(bytes));
    }),
    { numRuns: 1_000 },
  );
});

it('a batch with any header byte changed is read or refused', () => {
  fc.assert(
    fc.property(anyRecords, anyCodec, fc.nat(batchOverheadInBytes - 1), fc.nat(255), (records, codec, at, byte) => {
      const batch = encodeBatch({ records, codec });
      batch[at] = byte;
      for (const read of readers) answers(() => read(batch));
    }),
  );
});

describe('readBatchHeader', () => {
  const refuses = (change: (header: Buffer) => void) => {
    const batch = sample('none');
    change(batch);
    return expect(() => readBatchHeader(batch));
  };

  it.each([0, 1, 3, -1])('refuses magic %i', magic => {
    refuses(header => header.writeInt8(magic, batchField.magic)).toThrow(corrupt);
  });

  it.each([-(2 ** 31), -1, 0, batchOverheadInBytes - 12 - 1])('refuses length %i', length => {
    refuses(header => header.writeInt32BE(length, batchField.batchLength)).toThrow(corrupt);
  });

  it.each([-1n, 2n ** 53n, 2n ** 63n - 1n, -(2n ** 63n)])('refuses base offset %i', offset => {
    refuses(header => header.writeBigInt64BE(offset, batchField.baseOffset)).toThrow(corrupt);
  });

  it('refuses a last offset beyond 2^53 - 1', () => {
    refuses(header => header.writeBigInt64BE(2n ** 53n - 1n, batchField.baseOffset)).toThrow(corrupt);
  });

  it.each([-1, 3])('refuses %i records in two offsets', count => {
    refuses(header => header.writeInt32BE(count, batchField.recordsCount)).toThrow(corrupt);
  });

  it.each([5, 6, 7])('refuses codec %i', codec => {
    refuses(header => header.writeInt16BE(codec, batchField.attributes)).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED_COMPRESSION_TYPE' }),
    );
  });
});

describe('a record', () => {
  // length, attributes, timestampDelta, offsetDelta, keyLength, valueLength, headersCount
  it.each([
    ['a length of 6 bytes', '80808080800000000001010000'],
    ['a length of more than 32 bits', 'ffffffff1f00000001010000'],
    ['a negative length', '0d0000000101000000'],
    ['a length of 2 GiB', 'feffffff0f000000010100'],
    ['a length below what it holds', '0a000000010100'],
    ['a length above what it holds', '0e00000001010000'],
    ['a timestamp delta of 11 bytes', '20' + '00' + '8080808080808080808000' + '00010100'],
    ['a timestamp delta of 2^62', '1e' + '00' + '8080808080808080807f' + '00010100'],
    ['a timestamp delta of 2^53', '1a' + '00' + '8080808080808020' + '00010100'],
    ['a timestamp delta of -2^53', '1a' + '00' + 'ffffffffffffff1f' + '00010100'],
    ['an offset delta of 2^32', '1400008080808010010100'],
    ['a key of length -2', '0c000000030100'],
    ['a key of 2 GiB', '14000000feffffff0f0100'],
    ['a value of length -2', '0c000000010300'],
    ['a value past its end', '0c000000011000'],
    ['-1 headers', '0c000000010101'],
    ['2^31 - 1 headers', '14000000' + '0101' + 'feffffff0f'],
    ['a header without a key', '1000000001010201' + '01'],
    ['a header past its end', '1000000001010202' + '61'],
    ['a negative offset delta', '0c000001010100'],
    ['an offset delta past the last', '0c000004010100'],
  ])('is refused with %s', (_, hex) => {
    const batch = sealed(Buffer.from(hex, 'hex'), 'none', 1);
    expect(() => decodeBatch(batch, options)).toThrow(corrupt);
    expect(() => checkBatch(batch, options)).toThrow(MillraceError);
  });

  it('is read with numbers that take more bytes than they need', () => {
    const batch = sealed(Buffer.from('8e8000' + '00' + '8000' + '00010100', 'hex'), 'none', 1);
    expect(decodeBatch(batch, options)).toMatchObject([{ offset: 0, key: null, value: null }]);
  });
});
