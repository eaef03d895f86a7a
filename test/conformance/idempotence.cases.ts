/** Idempotent produce on v2: each sequence is stored once, in order. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Client } from './client.ts';
import { acknowledged, newProducer, postV2, produceV2, type Sequence, valuesOf } from './support/produce.ts';
import { readTexts, storingNothing } from './support/read.ts';
import { expectError } from './support/refusals.ts';

const outOfOrder = { status: 409, code: 40910, message: /^OUT_OF_ORDER_SEQUENCE/ };
const duplicate = { status: 409, code: 40911, message: /^DUPLICATE_SEQUENCE/ };
const staleEpoch = { status: 409, code: 40912, message: /^INVALID_PRODUCER_EPOCH/ };

export function idempotenceCases(client: Client): void {
  let topic: string;
  let partition: string;
  let given: Omit<Sequence, 'sequence'>;

  beforeEach(async () => {
    topic = await client.createTopic({ partitions: 2 });
    partition = `/topics/${topic}/partitions/0`;
    given = await newProducer(client);
  });

  const at = (sequence: number, producer_epoch = given.producer_epoch): Sequence => ({
    producer_id: given.producer_id,
    producer_epoch,
    sequence,
  });

  const send = (sequence: Sequence, ...values: unknown[]) => postV2(client, partition, valuesOf(...values), sequence);
  const offsetsOf = async (sequence: Sequence, ...values: unknown[]) =>
    acknowledged(await send(sequence, ...values)).map(({ offset }) => offset);

  describe('an idempotent producer', () => {
    it('stores a sequence once, and answers its offsets again', async () => {
      expect(await offsetsOf(at(0), 'a', 'b')).toEqual([0, 1]);
      const again = await storingNothing(client, topic, () => offsetsOf(at(0), 'a', 'b'));
      expect(again).toEqual([0, 1]);
      expect(await offsetsOf(at(2), 'c')).toEqual([2]);
      expect(await readTexts(client, topic)).toEqual(['"a"', '"b"', '"c"']);
    });

    it('counts its records, not its requests', async () => {
      await offsetsOf(at(0), 'a', 'b', 'c');
      expectError(await storingNothing(client, topic, () => send(at(4), 'd')), outOfOrder);
      expect(await offsetsOf(at(3), 'd')).toEqual([3]);
    });

    it('is refused where its sequence skips ahead', async () => {
      await offsetsOf(at(0), 'a');
      for (const sequence of [2, 3, 1_000]) {
        expectError(await storingNothing(client, topic, () => send(at(sequence), 'x')), outOfOrder);
      }
    });

    it('begins at sequence 0', async () => {
      const answer = await storingNothing(client, topic, () => send(at(5), 'x'));
      expectError(answer, { status: 409, code: [40910, 40913] });
      expect(await offsetsOf(at(0), 'a')).toEqual([0]);
    });

    it('gets the offset of each of its last five batches, and 40911 before them', async () => {
      for (let sequence = 0; sequence < 8; sequence++) await offsetsOf(at(sequence), sequence);
      for (const sequence of [7, 6, 5, 4, 3]) {
        const again = await storingNothing(client, topic, () => offsetsOf(at(sequence), sequence));
        expect(again).toEqual([sequence]);
      }
      for (const sequence of [0, 1]) {
        expectError(await storingNothing(client, topic, () => send(at(sequence), sequence)), duplicate);
      }
    });

    it('begins again with a new epoch, which fences the old one', async () => {
      await offsetsOf(at(0), 'old');
      const answer = await client.post('…/producers', { producer_id: given.producer_id });
      expect(answer.json).toMatchObject({ producer_id: given.producer_id, producer_epoch: 1 });
      expect(await offsetsOf(at(0, 1), 'new')).toEqual([1]);
      for (const sequence of [0, 1]) {
        expectError(await storingNothing(client, topic, () => send(at(sequence, 0), 'late')), staleEpoch);
      }
      expect(await offsetsOf(at(1, 1), 'newer')).toEqual([2]);
      expect(await offsetsOf(at(2, 1), 'newest')).toEqual([3]);
      for (const sequence of [0, 1, 2, 3]) {
        expectError(await storingNothing(client, topic, () => send(at(sequence, 0), 'late')), staleEpoch);
      }
      expect(await offsetsOf(at(3, 1), 'last')).toEqual([4]);
    });

    it('begins a new epoch at sequence 0', async () => {
      await offsetsOf(at(0), 'old');
      await client.post('…/producers', { producer_id: given.producer_id });
      const answer = await storingNothing(client, topic, () => send(at(1, 1), 'x'));
      expectError(answer, { status: 409, code: [40910, 40913] });
    });

    it('counts in each partition by itself', async () => {
      const other = `/topics/${topic}/partitions/1`;
      await offsetsOf(at(0), 'a');
      await offsetsOf(at(1), 'b');
      expect(await produceV2(client, other, valuesOf('c'), at(0))).toEqual([{ partition: 1, offset: 0 }]);
    });

    it('may let the key choose the partition, if it is one', async () => {
      const records = [
        { key: 'k', value: 1 },
        { key: 'k', value: 2 },
      ];
      const stored = await produceV2(client, `/topics/${topic}`, records, at(0));
      expect(await produceV2(client, `/topics/${topic}`, records, at(0))).toEqual(stored);
    });

    it('may not write to two partitions at once', async () => {
      const records = [
        { partition: 0, value: 1 },
        { partition: 1, value: 2 },
      ];
      const answer = await storingNothing(client, topic, () => postV2(client, `/topics/${topic}`, records, at(0)));
      expectError(answer, { status: 422 });
    });

    it('is stored once where the same request is sent five times at once', async () => {
      const answers = await Promise.all([1, 2, 3, 4, 5].map(() => send(at(0), 'once')));
      const good = answers.filter(({ status }) => status === 200).map(acknowledged);
      expect(good).not.toHaveLength(0);
      for (const stored of good) expect(stored).toEqual([{ partition: 0, offset: 0 }]);
      expect(await readTexts(client, topic)).toEqual(['"once"']);
    });
  });

  describe('a producer that is badly told', () => {
    it.each([
      ['without an epoch', { producer_epoch: undefined }],
      ['without a sequence', { sequence: undefined }],
      ['without an id', { producer_id: undefined }],
      ['with a negative sequence', { sequence: -1 }],
      ['with half a sequence', { sequence: 0.5 }],
      ['with a sequence beyond 32 bits', { sequence: 2 ** 31 }],
      ['with a negative epoch', { producer_epoch: -1 }],
      ['with an epoch beyond 16 bits', { producer_epoch: 2 ** 15 }],
      ['with a negative id', { producer_id: -1 }],
      ['with an id beyond 2^53 - 1', { producer_id: 2 ** 53 }],
    ])('is refused %s', async (_why, wrong) => {
      const body = { ...at(0), ...wrong, records: [{ value: 1 }] };
      const answer = await storingNothing(client, topic, () => client.post(partition, body));
      expectError(answer, { status: [400, 422] });
    });
  });
}
