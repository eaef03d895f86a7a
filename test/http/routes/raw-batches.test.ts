import { describe, expect, it } from 'vitest';
import { limits } from '../../../lib/protocol/limits.ts';
import { encodeBatch } from '../../../lib/record/encode-batch.ts';
import { splitBatches } from '../../../lib/record/split-batches.ts';
import { stampBaseOffset } from '../../../lib/record/stamp-batch.ts';
import { batchOf } from '../../support/batches.ts';
import { acceptRaw, errorOf, jsonOf, sendRaw, testApp } from '../support.ts';

const path = '/topics/t/partitions/0';

/** The batch as it is read: at its offset. */
function at(baseOffset: number, batch: Uint8Array): Buffer {
  const copy = Buffer.from(batch);
  stampBaseOffset(copy, baseOffset);
  return copy;
}

describe('raw batches', () => {
  it('go in and come out the same, but for their offsets', async () => {
    const { app, topic, read } = await testApp();
    await topic('t');
    const batches = [batchOf(['a', 'b']).bytes, batchOf(['c']).bytes];
    const produced = await app.request(path, sendRaw(Buffer.concat(batches)));
    expect(await produced.json()).toMatchObject({ offsets: [{ offset: 0 }, { offset: 2 }] });
    const response = await read('t', 0, acceptRaw);
    expect(Object.fromEntries(response.headers)).toEqual({
      'content-type': 'application/vnd.millrace.record-batch',
      'millrace-high-watermark': '3',
      'millrace-log-start-offset': '0',
      'millrace-next-offset': '3',
    });
    expect(Buffer.from(await response.arrayBuffer())).toEqual(
      Buffer.concat([at(0, batches[0] as Uint8Array), at(2, batches[1] as Uint8Array)]),
    );
  });

  it('are whole, though the offset lies inside of one', async () => {
    const { app, topic, read } = await testApp();
    await topic('t');
    const { bytes } = batchOf(['a', 'b']);
    await app.request(path, sendRaw(bytes));
    expect(Buffer.from(await (await read('t', 1, acceptRaw)).arrayBuffer())).toEqual(at(0, bytes));
  });

  it('are none at the end of the log', async () => {
    const { topic, read } = await testApp();
    await topic('t');
    const response = await read('t', 0, acceptRaw);
    expect([response.status, (await response.arrayBuffer()).byteLength]).toEqual([200, 0]);
    expect(response.headers.get('Millrace-Next-Offset')).toBe('0');
  });

  it('are as many as fit into max_bytes, at least one', async () => {
    const { app, topic, read } = await testApp();
    await topic('t');
    const { bytes } = batchOf(['a']);
    await app.request(path, sendRaw(Buffer.concat([bytes, bytes, bytes])));
    for (const [maxBytes, count] of [
      [1, 1],
      [2 * bytes.byteLength - 1, 1],
      [2 * bytes.byteLength, 2],
    ] as const) {
      const body = new Uint8Array(await (await read('t', 0, acceptRaw, maxBytes)).arrayBuffer());
      expect([maxBytes, splitBatches(body).length]).toEqual([maxBytes, count]);
    }
  });

  it('may carry the sequence of a producer', async () => {
    const { app, topic } = await testApp();
    await topic('t');
    const first = batchOf(['a'], { producerId: 7, epoch: 0, sequence: 0 }).bytes;
    for (let times = 0; times < 2; times++) {
      expect(await jsonOf(app.request(path, sendRaw(first)))).toMatchObject({ offsets: [{ offset: 0 }] });
    }
    const two = Buffer.concat([first, batchOf(['b'], { producerId: 7, epoch: 0, sequence: 1 }).bytes]);
    expect(await errorOf(app.request(path, sendRaw(two)))).toMatchObject({ status: 422 });
  });

  it.each([
    ['nothing', Buffer.of(), 422],
    ['less than a batch', batchOf(['a']).bytes.subarray(0, 50), 422],
    ['a batch with a wrong CRC', batchOf(['a']).bytes.map((byte, index) => (index === 65 ? byte ^ 1 : byte)), 422],
    ['what follows a batch', Buffer.concat([batchOf(['a']).bytes, Buffer.of(0)]), 422],
    ['too large a body', Buffer.alloc(limits.bodyBytes + 1), 413],
  ])('are refused, and none stored: %s', async (_what, bytes, status) => {
    const { app, topic, read } = await testApp();
    await topic('t');
    expect((await errorOf(app.request(path, sendRaw(bytes)))).status).toBe(status);
    expect((await read('t')).headers.get('Millrace-High-Watermark')).toBe('0');
  });

  it('are refused all where one is', async () => {
    const { app, topic, read } = await testApp();
    await topic('t', 1, { 'cleanup.policy': 'compact' });
    const keyed = { timestamp: 1, key: Buffer.from('k'), value: null, headers: [] };
    const good = encodeBatch({ records: [keyed], codec: 'none' });
    const keyless = encodeBatch({ records: [{ ...keyed, key: null }], codec: 'none' });
    expect(await errorOf(app.request(path, sendRaw(Buffer.concat([good, keyless]))))).toMatchObject({
      status: 422,
      error_code: 42206,
    });
    expect((await read('t')).headers.get('Millrace-High-Watermark')).toBe('0');
  });
});
