/** A producer id inside a raw batch counts just the same. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Client } from './client.ts';
import { newProducer, produceV2, type Sequence, valuesOf } from './support/produce.ts';
import { batchOf, postRaw, produceRaw, readRaw } from './support/raw.ts';
import { readTexts, storingNothing } from './support/read.ts';
import { expectError, expectRecordsRefused } from './support/refusals.ts';

export function rawIdempotenceCases(client: Client): void {
  let topic: string;
  let given: Omit<Sequence, 'sequence'>;

  beforeEach(async () => {
    topic = await client.createTopic();
    given = await newProducer(client);
  });

  const batchAt = (baseSequence: number, values: readonly string[], producerEpoch = given.producer_epoch) =>
    batchOf(values, { producer: { producerId: given.producer_id, producerEpoch, baseSequence } });

  describe('an idempotent raw batch', () => {
    it('is stored once, and answers its offset again', async () => {
      expect(await produceRaw(client, topic, batchAt(0, ['a', 'b']))).toEqual([{ partition: 0, offset: 0 }]);
      const again = await storingNothing(client, topic, () => produceRaw(client, topic, batchAt(0, ['a', 'b'])));
      expect(again).toEqual([{ partition: 0, offset: 0 }]);
      expect(await produceRaw(client, topic, batchAt(2, ['c']))).toEqual([{ partition: 0, offset: 2 }]);
    });

    it('keeps its producer in its own fields', async () => {
      await produceRaw(client, topic, batchAt(0, ['a', 'b']));
      const { batches } = await readRaw(client, topic);
      expect(batches[0]).toMatchObject({
        producerId: BigInt(given.producer_id),
        producerEpoch: given.producer_epoch,
        firstSequence: 0,
      });
    });

    it('is refused where its sequence skips ahead, or its epoch is stale', async () => {
      await produceRaw(client, topic, batchAt(0, ['a']));
      const ahead = await storingNothing(client, topic, () => postRaw(client, topic, batchAt(2, ['x'])));
      expectError(ahead, { status: 409, code: 40910, message: /^OUT_OF_ORDER_SEQUENCE/ });
      await produceRaw(client, topic, batchAt(0, ['b'], 1));
      const stale = await storingNothing(client, topic, () => postRaw(client, topic, batchAt(1, ['x'], 0)));
      expectError(stale, { status: 409, code: 40912, message: /^INVALID_PRODUCER_EPOCH/ });
    });

    it('shares its sequence with v2', async () => {
      await produceRaw(client, topic, batchAt(0, ['raw', 'raw']));
      const path = `/topics/${topic}/partitions/0`;
      await produceV2(client, path, valuesOf('json'), { ...given, sequence: 2 });
      await produceRaw(client, topic, batchAt(3, ['raw again']));
      const again = await produceV2(client, path, valuesOf('json'), { ...given, sequence: 2 });
      expect(again).toEqual([{ partition: 0, offset: 2 }]);
      expect(await readTexts(client, topic)).toEqual(['raw', 'raw', '"json"', 'raw again']);
    });

    it('is alone in its body', async () => {
      for (const body of [
        Buffer.concat([batchAt(0, ['a']), batchAt(1, ['b'])]),
        Buffer.concat([batchOf(['a']), batchAt(0, ['b'])]),
      ]) {
        expectRecordsRefused(await storingNothing(client, topic, () => postRaw(client, topic, body)));
      }
    });
  });
}
