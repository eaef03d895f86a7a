/** Blocks of IP addresses, of both kinds; what an address is, and whether it is in a block, Node knows. */
import { BlockList, isIP } from 'node:net';

const bits = { ipv4: 32, ipv6: 128 } as const;

/** Whether an address is in the block; `undefined` where the text is no block. */
export function parseCidr(text: string): ((address: string) => boolean) | undefined {
  const [, start = '', digits = ''] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  const family = familyOf(start);
  if (!family || Number(digits) > bits[family]) return undefined;
  const block = new BlockList();
  block.addSubnet(start, Number(digits), family);
  // an address of the other kind is in none, also where it could be written as one of this
  return address => familyOf(address) === family && block.check(address, family);
}

/** A zone (`fe80::1%eth0`) is no part of an address that a block could have. */
function familyOf(address: string): keyof typeof bits | undefined {
  if (address.includes('%')) return undefined;
  const version = isIP(address);
  return version === 0 ? undefined : `ipv${version === 4 ? 4 : 6}`;
}
