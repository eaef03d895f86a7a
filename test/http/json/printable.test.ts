import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPrintable } from '../../../lib/http/json/printable.ts';

/** Bytes around the space, and any other. */
const byte = fc.oneof(fc.integer({ min: 0x1e, max: 0x22 }), fc.integer({ min: 0x7f, max: 0x81 }), fc.nat(255));

describe('isPrintable', () => {
  it('says of any bytes whether one is below the space, wherever they begin in their memory', () =>
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 70 }), fc.nat(7), (bytes, start) => {
        const memory = Uint8Array.of(...new Array<number>(start).fill(0), ...bytes, 0);
        const view = memory.subarray(start, start + bytes.length);
        expect(isPrintable(view)).toBe(bytes.every(each => each >= 0x20));
      }),
      { numRuns: 2_000 },
    ));

  it.each([
    { text: '', isIt: true },
    { text: '{"a":"é€😀~"}', isIt: true },
    { text: '{"a":\n1}', isIt: false },
    { text: `${' '.repeat(31)}\t`, isIt: false },
    { text: `\u0000${' '.repeat(31)}`, isIt: false },
    { text: '\u007f', isIt: true },
  ])('is $isIt of $text', ({ text, isIt }) => expect(isPrintable(Buffer.from(text))).toBe(isIt));
});
