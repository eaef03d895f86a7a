/**
 * Compares two strings by their UTF-8 bytes, which is how DynamoDB orders sort keys and S3 orders object keys.
 *
 * JavaScript compares UTF-16 code units: the same order, except that surrogates (U+10000 and above) must come last.
 */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** Moves the surrogates, 0xd800 to 0xdfff, past 0xffff. */
function rank(codeUnit: number): number {
  return codeUnit >= 0xd800 && codeUnit <= 0xdfff ? codeUnit + 0x10000 : codeUnit;
}
