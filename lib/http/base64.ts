/** Base64 as in RFC 4648, section 4: the standard alphabet, with padding, and nothing else. */

/** The bytes, or `undefined` for text that is not the one base64 form of any bytes. */
export function decodeBase64(text: string): Uint8Array | undefined {
  // Node's decoder takes other alphabets, whitespace and missing padding; what it makes of them is another text.
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

export function encodeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
