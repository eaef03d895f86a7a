/** Raw batches that are refused: all of a body or nothing of it is stored. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Client } from './client.ts';
import { batchOf, bit, changed, field, postRaw, produceRaw, withAttributes } from './support/raw.ts';
import { storingNothing } from './support/read.ts';
import { expectError, expectRecordsRefused } from './support/refusals.ts';

const good = batchOf(['a', 'b', 'c']);

const inBody = (...parts: Buffer[]) => Buffer.concat(parts);

const badBodies: [why: string, body: Buffer][] = [
  ['no batch', Buffer.alloc(0)],
  ['junk', Buffer.from('{"records":[{"value":1}]}')],
  ['zeros', Buffer.alloc(200)],
  [
    'a CRC that is not right',
    changed(good, copy => copy.writeUInt32BE(copy.readUInt32BE(field.crc) ^ 1, field.crc), { fixCrc: false }),
  ],
  ['a bit of a record flipped', changed(good, copy => copy.writeUInt8(copy.readUInt8(70) ^ 1, 70), { fixCrc: false })],
  ['a batch cut short', good.subarray(0, -1)],
  ['a header cut short', good.subarray(0, 40)],
  ['a byte too many', inBody(good, Buffer.of(0))],
  ['junk behind a batch', inBody(good, Buffer.from('the end'))],
  ['magic 1', changed(good, copy => copy.writeInt8(1, field.magic))],
  ['a length of zero', changed(good, copy => copy.writeInt32BE(0, field.length))],
  ['a negative length', changed(good, copy => copy.writeInt32BE(-1, field.length))],
  ['a length beyond the body', changed(good, copy => copy.writeInt32BE(2 ** 31 - 1, field.length))],
  ['fewer records than it says', changed(good, copy => copy.writeInt32BE(4, field.recordsCount))],
  ['more records than it says', changed(good, copy => copy.writeInt32BE(2, field.recordsCount))],
  ['no records', changed(good, copy => copy.writeInt32BE(0, field.recordsCount))],
  ['a control batch', withAttributes(good, bit.control)],
  ['a transactional batch', withAttributes(good, bit.transactional)],
  ['a codec that is none', withAttributes(good, 5)],
  ['gzip that is none', withAttributes(good, 1)],
  ['zstd that is none', withAttributes(good, 4)],
  [
    'a good batch and a bad one',
    inBody(
      good,
      changed(good, copy => copy.writeUInt8(copy.readUInt8(70) ^ 1, 70), { fixCrc: false }),
    ),
  ],
  ['a good batch and half of one', inBody(good, good.subarray(0, 50))],
  ['a control batch behind a good one', inBody(good, withAttributes(good, bit.control))],
];

export function refusedRawCases(client: Client): void {
  let topic: string;

  beforeAll(async () => {
    topic = await client.createTopic();
  });

  describe('a raw body is refused', () => {
    it.each(badBodies)('with %s', async (_why, body) => {
      expectRecordsRefused(await storingNothing(client, topic, () => postRaw(client, topic, body)));
    });

    it('with a batch that grows beyond all when it is decompressed', async () => {
      const record = { timestamp: 0, key: null, value: Buffer.alloc(40 * 1024 * 1024), headers: [] };
      const bomb = batchOf([], { records: [record], codec: 'gzip' });
      expect(bomb.length).toBeLessThan(100_000);
      expectRecordsRefused(
        await storingNothing(client, topic, () => postRaw(client, topic, bomb)),
        /MESSAGE_TOO_LARGE/,
      );
    });

    it('with a record without a key, where the topic is compacted', async () => {
      const compacted = await client.createTopic({ configs: { 'cleanup.policy': 'compact' } });
      const records = ['k', null].map(key => ({
        timestamp: 0,
        key: key === null ? null : Buffer.from(key),
        value: Buffer.from('v'),
        headers: [],
      }));
      const body = inBody(batchOf(['keyed']), batchOf([], { records, codec: 'gzip' }));
      const answer = await storingNothing(client, compacted, () => postRaw(client, compacted, body));
      expectRecordsRefused(answer, /key/);
      expect(await produceRaw(client, compacted, batchOf(['keyed']))).toEqual([{ partition: 0, offset: 0 }]);
    });

    it('beyond max.message.bytes, and not at it', async () => {
      const fits = batchOf(['x'.repeat(1_000)]);
      const configs = { 'max.message.bytes': String(fits.length) };
      const small = await client.createTopic({ configs });
      const beyond = batchOf(['x'.repeat(1_001)]);
      expect(beyond.length).toBe(fits.length + 1);
      const refused = await storingNothing(client, small, () => postRaw(client, small, beyond));
      expectError(refused, { status: 413, code: 413, message: /^MESSAGE_TOO_LARGE/ });
      await produceRaw(client, small, fits);
    });

    it('with more than 256 batches, and not with them', async () => {
      const batches = Array.from({ length: 257 }, () => good);
      const stored = await produceRaw(client, await client.createTopic(), inBody(...batches.slice(1)));
      expect(stored.map(({ offset }) => offset)).toEqual(batches.slice(1).map((_, index) => index * 3));
      const refused = await storingNothing(client, topic, () => postRaw(client, topic, inBody(...batches)));
      expectError(refused, { status: 422, message: /256/ });
    });

    it('by an unknown partition or topic', async () => {
      expectError(await postRaw(client, topic, good, 1), { status: 404, code: 40402 });
      expectError(await postRaw(client, client.newName(), good), { status: 404, code: 40401 });
    });
  });
}
