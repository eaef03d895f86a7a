import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCidr } from '../../lib/triggers/cidr.ts';

describe('a block of addresses', () => {
  it.each([
    ['10.0.0.0/8', '10.255.255.255', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['10.1.2.3/8', '10.9.9.9', true],
    ['192.0.2.64/26', '192.0.2.127', true],
    ['192.0.2.64/26', '192.0.2.128', false],
    ['192.0.2.1/32', '192.0.2.1', true],
    ['192.0.2.1/32', '192.0.2.2', false],
    ['0.0.0.0/0', '255.255.255.255', true],
    ['0.0.0.0/0', '::1', false],
    ['2001:db8::/32', '2001:db8:ffff::1', true],
    ['2001:db8::/32', '2001:DB8::', true],
    ['2001:db8::/32', '2001:db9::', false],
    ['::/0', '10.0.0.1', false],
    ['::ffff:10.0.0.0/104', '::ffff:10.9.9.9', true],
    ['10.0.0.0/8', '::ffff:10.0.0.1', false],
    ['fe80::/10', 'fe80::1', true],
  ])('%s has %s: %s', (block, address, isIn) => {
    expect(parseCidr(block)?.(address)).toBe(isIn);
  });

  it.each([
    '',
    'a',
    '10.0.0.1.',
    '10.0.0',
    '10.0.0.256',
    '010.0.0.1',
    ' 10.0.0.1',
    '::g',
    ':::',
    'fe80::1%eth0',
    'x'.repeat(100_000),
  ])('has nothing that is no address: %j', text => {
    for (const block of ['0.0.0.0/0', '::/0']) expect(parseCidr(block)?.(text)).toBe(false);
  });

  it.each([
    '',
    '/',
    '10.0.0.0',
    '10.0.0.0/',
    '/8',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10.0.0.0/8.5',
    '10.0.0/8',
    '::/129',
    'fe80::%eth0/10',
    '10.0.0.0 /8',
  ])('is none: %j', text => {
    expect(parseCidr(text)).toBeUndefined();
  });

  it('has the addresses whose first bits are its own, and no others', () => {
    const address = fc.array(fc.nat(255), { minLength: 4, maxLength: 4 });
    const bitsOf = (bytes: readonly number[]) => bytes.map(byte => byte.toString(2).padStart(8, '0')).join('');
    fc.assert(
      fc.property(address, address, fc.nat(32), fc.nat(32), (start, other, prefix, shared) => {
        // often near each other
        const mixed = bitsOf(start).slice(0, shared) + bitsOf(other).slice(shared);
        const near = [0, 8, 16, 24].map(at => Number.parseInt(mixed.slice(at, at + 8), 2));
        const isIn = bitsOf(near).slice(0, prefix) === bitsOf(start).slice(0, prefix);
        expect(parseCidr(`${start.join('.')}/${prefix}`)?.(near.join('.'))).toBe(isIn);
      }),
    );
  });
});
