/** Blocks of IP addresses, of both kinds. */

/** Whether an address is in the block; `undefined` where the text is no block. */
export function parseCidr(text: string): ((address: string) => boolean) | undefined {
  const [, start = '', digits = ''] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  const block = bytesOf(start);
  const bits = Number(digits);
  if (!block || digits === '' || bits > block.length * 8) return undefined;
  return address => {
    const bytes = bytesOf(address);
    return bytes?.length === block.length && isSame(bytes, block, bits);
  };
}

function isSame(a: readonly number[], b: readonly number[], bits: number): boolean {
  for (let index = 0; index * 8 < bits; index++) {
    const mask = 0xff & (0xff << Math.max(0, 8 - (bits - index * 8)));
    if (((a[index] ?? 0) & mask) !== ((b[index] ?? 0) & mask)) return false;
  }
  return true;
}

/** The 4 or 16 bytes of an address; `undefined` for what is none. */
function bytesOf(address: string): readonly number[] | undefined {
  if (address.length > 45) return undefined;
  return address.includes(':') ? bytesOfV6(address) : bytesOfV4(address);
}

function bytesOfV4(address: string): readonly number[] | undefined {
  const parts = address.split('.');
  const isAddress = parts.length === 4 && parts.every(part => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
  return isAddress ? parts.map(Number) : undefined;
}

function bytesOfV6(address: string): readonly number[] | undefined {
  const halves = address.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map(half => groupsOf(half));
  if (!head || (halves.length === 2 && !tail)) return undefined;
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => 0), ...(tail ?? [])];
  return groups.flatMap(group => [group >> 8, group & 0xff]);
}

function groupsOf(half: string): readonly number[] | undefined {
  if (half === '') return [];
  const parts = half.split(':');
  return parts.every(part => /^[\da-f]{1,4}$/i.test(part)) ? parts.map(part => Number.parseInt(part, 16)) : undefined;
}
