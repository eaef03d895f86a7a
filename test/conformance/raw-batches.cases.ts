/** Raw record batches, in and out: stored as they are, never encoded again. */
import { gzipSync } from 'node:zlib';
import { createRecordsBatch } from '@platformatic/kafka';
import { describe, expect, it } from 'vitest';
import { compressionCodecs } from '../../lib/record/compression.ts';
import { type Client, mediaType } from './client.ts';
import { postV2, produceV2, valuesOf } from './support/produce.ts';
import { batchOf, field, postRaw, produceRaw, readRaw, textsIn } from './support/raw.ts';
import { read, readAll, readPage, readTexts } from './support/read.ts';
import { expectError } from './support/refusals.ts';

/** What compresses well, and is larger than any threshold below which compressing is not worth it. */
const long = Array.from({ length: 20 }, (_, index) => `${index} `.padEnd(200, 'abc '));

export function rawBatchCases(client: Client): void {
  describe('a raw batch', () => {
    it('is answered like v2 produce, with its base offset', async () => {
      const topic = await client.createTopic();
      await produceV2(client, `/topics/${topic}`, valuesOf(0, 1));
      const answer = await postRaw(client, topic, batchOf(['a', 'b', 'c']));
      expect(answer.status, answer.text).toBe(200);
      expect(answer.type).toBe(mediaType.v2);
      expect(answer.json).toEqual({
        offsets: [{ partition: 0, offset: 2, error_code: null, error: null }],
        key_schema_id: null,
        value_schema_id: null,
      });
      expect(await readTexts(client, topic)).toEqual(['0', '1', 'a', 'b', 'c']);
    });

    it('comes out as it went in, but for its base offset', async () => {
      const topic = await client.createTopic();
      const records = [
        { timestamp: 1_000, key: null, value: null, headers: [{ key: 'h', value: null }] },
        { timestamp: 900, key: Buffer.from([0, 255]), value: Buffer.alloc(0), headers: [] },
      ];
      const sent = [batchOf(['first']), batchOf([], { records, baseOffset: 77 })];
      await produceRaw(client, topic, Buffer.concat(sent));
      const { bytes, batches } = await readRaw(client, topic);
      expect(batches.map(({ firstOffset, lastOffsetDelta }) => [firstOffset, lastOffsetDelta])).toEqual([
        [0n, 0],
        [1n, 1],
      ]);
      const second = bytes.subarray(sent[0]?.length);
      expect(second.subarray(field.magic)).toEqual(sent[1]?.subarray(field.magic));
      expect(batches[1]?.partitionLeaderEpoch).toBe(0);
    });

    it('is one of several, each with its own entry', async () => {
      const topic = await client.createTopic({ partitions: 2 });
      const body = Buffer.concat([batchOf(['a', 'b']), batchOf(['c'], { codec: 'gzip' }), batchOf(['d', 'e'])]);
      const stored = await produceRaw(client, topic, body, 1);
      expect(stored).toEqual([
        { partition: 1, offset: 0 },
        { partition: 1, offset: 2 },
        { partition: 1, offset: 3 },
      ]);
      expect(await readTexts(client, topic, { partition: 1 })).toEqual(['a', 'b', 'c', 'd', 'e']);
    });

    it.each(compressionCodecs)('may be compressed: %s', async codec => {
      const topic = await client.createTopic();
      await produceRaw(client, topic, batchOf(long, { codec }));
      expect(await readTexts(client, topic)).toEqual(long);
      const { batches } = await readRaw(client, topic);
      expect(batches[0]?.attributes).toBe(compressionCodecs.indexOf(codec));
      expect(textsIn(batches)).toEqual(long);
    });

    it.each(compressionCodecs)('may come from another encoder: %s', async compression => {
      const topic = await client.createTopic();
      const messages = long.map(value => ({ topic, value: Buffer.from(value), timestamp: 1_700_000_000_000n }));
      await produceRaw(client, topic, createRecordsBatch(messages, { compression }).buffer);
      expect(await readTexts(client, topic)).toEqual(long);
      expect(textsIn((await readRaw(client, topic)).batches)).toEqual(long);
    });

    it('may be gzipped on its way, as any body', async () => {
      const topic = await client.createTopic();
      const answer = await client.send('POST', `/topics/${topic}/partitions/0`, {
        body: gzipSync(batchOf(['zipped'])),
        type: mediaType.batch,
        headers: { 'content-encoding': 'gzip' },
      });
      expect(answer.status, answer.text).toBe(200);
      expect(await readTexts(client, topic)).toEqual(['zipped']);
    });
  });

  describe('a raw read', () => {
    it('begins with the batch that contains the offset', async () => {
      const topic = await client.createTopic();
      await produceRaw(client, topic, Buffer.concat([batchOf(['a', 'b', 'c']), batchOf(['d', 'e'])]));
      const { batches, highWatermark, logStartOffset, nextOffset } = await readRaw(client, topic, { offset: 4 });
      expect(batches.map(({ firstOffset }) => firstOffset)).toEqual([3n]);
      expect({ highWatermark, logStartOffset, nextOffset }).toEqual({
        highWatermark: 5,
        logStartOffset: 0,
        nextOffset: 5,
      });
    });

    it('answers 200 and nothing at the end of the log', async () => {
      const topic = await client.createTopic();
      const { bytes, nextOffset } = await readRaw(client, topic, { offset: 0 });
      expect([bytes.length, nextOffset]).toEqual([0, 0]);
      expectError(await readPage(client, topic, { offset: 1, accept: mediaType.batch }), { status: 416, code: 41601 });
    });

    it('is cut by max_bytes, but never below one batch', async () => {
      const topic = await client.createTopic();
      for (const value of long.slice(0, 4)) await produceRaw(client, topic, batchOf([value]));
      const values: unknown[] = [];
      for (let offset = 0; offset < 4; ) {
        const page = await readRaw(client, topic, { offset, maxBytes: 1 });
        expect(page.batches).toHaveLength(1);
        values.push(...textsIn(page.batches));
        expect(page.nextOffset).toBe(offset + 1);
        offset = page.nextOffset;
      }
      expect(values).toEqual(long.slice(0, 4));
    });

    it('gives what was produced as JSON, in the codec of the topic', async () => {
      for (const [index, codec] of compressionCodecs.entries()) {
        const type = codec === 'none' ? 'uncompressed' : codec;
        const topic = await client.createTopic({ configs: { 'compression.type': type } });
        const headers = [{ key: 'h', value: 'eA==' }];
        await produceV2(
          client,
          `/topics/${topic}`,
          long.map(value => ({ key: 'k', value, timestamp: 5_000, headers })),
        );
        const { batches } = await readRaw(client, topic);
        expect(batches[0]?.attributes, codec).toBe(index);
        expect(batches[0]?.firstTimestamp).toBe(5_000n);
        expect(batches[0]?.records[0]).toMatchObject({
          key: Buffer.from('"k"'),
          headers: [[Buffer.from('h'), Buffer.from('x')]],
        });
        expect(textsIn(batches)).toEqual(long.map(value => JSON.stringify(value)));
      }
    });

    it('keeps batches within max.message.bytes', async () => {
      const configs = { 'max.message.bytes': '2000', 'compression.type': 'uncompressed' };
      const topic = await client.createTopic({ configs });
      await produceV2(client, `/topics/${topic}`, valuesOf(...long));
      const { batches } = await readRaw(client, topic);
      expect(batches.length).toBeGreaterThan(1);
      for (const { length } of batches) expect(length + 12).toBeLessThanOrEqual(2_000);
      expect(await readAll(client, topic)).toHaveLength(long.length);
    });
  });

  describe('raw batches', () => {
    it('are taken by a partition, not by a topic', async () => {
      const topic = await client.createTopic();
      const options = { body: batchOf(['a']), type: mediaType.batch };
      expectError(await client.send('POST', `/topics/${topic}`, options), { status: 415, code: 415 });
      expect(await read(client, topic)).toEqual([]);
    });

    it('mix with records', async () => {
      const topic = await client.createTopic();
      await postV2(client, `/topics/${topic}`, valuesOf('json'));
      await produceRaw(client, topic, batchOf(['raw'], { codec: 'zstd' }));
      await postV2(client, `/topics/${topic}`, valuesOf('json again'));
      expect(await readTexts(client, topic)).toEqual(['"json"', 'raw', '"json again"']);
    });
  });
}
