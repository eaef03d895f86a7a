/** Produce where some records fail: what is acknowledged is what is stored. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Client } from './client.ts';
import { postV2, postV3, produceBatch, produceV2, reportsOf, stringOf } from './support/produce.ts';
import { endOffset, endOffsets, readTexts, storingNothing } from './support/read.ts';
import { expectError, expectRecordsRefused } from './support/refusals.ts';
import { produced } from './support/shapes.ts';

export function partialProduceCases(client: Client): void {
  let compacted: string;

  beforeAll(async () => {
    compacted = await client.createTopic({ configs: { 'cleanup.policy': 'compact' } });
  });

  describe('a keyless record on a compacted topic', () => {
    it('fails alone on v2', async () => {
      const first = await endOffset(client, compacted);
      const records = [{ key: 'a', value: 1 }, { value: 2 }, { key: 'c', value: 3 }, { key: null, value: 4 }];
      const answer = await postV2(client, `/topics/${compacted}`, records);
      expect(answer.status).toBe(200);
      const { offsets } = produced.parse(answer.json);
      expect(offsets.map(entry => entry.error_code)).toEqual([null, 50002, null, 50002]);
      expect(offsets.map(entry => entry.offset ?? null)).toEqual([first, null, first + 1, null]);
      expect(offsets[1]?.error).toMatch(/key/);
      expect(await readTexts(client, compacted, { offset: first })).toEqual(['1', '3']);
    });

    it('fails alone on v3', async () => {
      const first = await endOffset(client, compacted);
      const value = stringOf('v');
      const answer = await postV3(client, compacted, [
        { key: stringOf('k'), value },
        { value },
        { key: stringOf('k'), value },
      ]);
      const reports = reportsOf(answer);
      expect(reports.map(({ error_code }) => error_code === 200)).toEqual([true, false, true]);
      expect(reports[2]).toMatchObject({ offset: first + 1 });
      expect(reports[1]).toMatchObject({ message: expect.stringMatching(/key/) });
      expect(await endOffset(client, compacted)).toBe(first + 2);
    });

    it('fails alone in a v3 batch', async () => {
      const first = await endOffset(client, compacted);
      const value = stringOf('v');
      const entries = [
        { id: 'bad', value },
        { id: 'good', key: stringOf('k'), value },
      ];
      const { successes, failures } = await produceBatch(client, compacted, entries);
      expect(successes.map(({ id, offset }) => [id, offset])).toEqual([['good', first]]);
      expect(failures).toEqual([{ id: 'bad', error_code: expect.any(Number), message: expect.stringMatching(/key/) }]);
      expect(await endOffset(client, compacted)).toBe(first + 1);
    });

    it('answers 422 and the list where no record is stored', async () => {
      const answer = await storingNothing(client, compacted, () =>
        postV2(client, `/topics/${compacted}/partitions/0`, [{ value: 1 }, { value: 2 }]),
      );
      expect(answer.status).toBe(422);
      expect(produced.parse(answer.json).offsets.map(({ error_code }) => error_code)).toEqual([50002, 50002]);
    });

    it('may have a null value where it has a key', async () => {
      const stored = await produceV2(client, `/topics/${compacted}`, [{ key: 'gone', value: null }]);
      expect(stored).toHaveLength(1);
      expect(await readTexts(client, compacted, { ...stored[0] })).toEqual([null]);
    });
  });

  describe('a record for an unknown partition', () => {
    it('takes the request with it, or fails alone', async () => {
      const topic = await client.createTopic({ partitions: 2 });
      const records = [0, 2, 1].map(partition => ({ value: partition, partition }));
      const answer = await postV2(client, `/topics/${topic}`, records);
      const stored = await endOffsets(client, topic);
      if (answer.status === 200) {
        expect(produced.parse(answer.json).offsets.map(({ error_code }) => error_code)).toEqual([null, 50002, null]);
        expect(stored).toEqual([1, 1]);
      } else {
        expectError(answer, { status: [400, 404, 422] });
        expect(stored).toEqual([0, 0]);
      }
    });
  });

  describe('max.message.bytes', () => {
    let small: string;

    beforeAll(async () => {
      small = await client.createTopic({
        configs: { 'max.message.bytes': '2000', 'compression.type': 'uncompressed' },
      });
    });

    it('splits a larger request into several batches', async () => {
      const values = Array.from({ length: 10 }, (_, index) => `${index}`.padEnd(700, 'x'));
      const first = await endOffset(client, small);
      const stored = await produceV2(
        client,
        `/topics/${small}`,
        values.map(value => ({ value })),
      );
      expect(stored.map(({ offset }) => offset)).toEqual(values.map((_, index) => first + index));
      const texts = await readTexts(client, small, { offset: first });
      expect(texts).toEqual(values.map(value => JSON.stringify(value)));
    });

    it('refuses a larger record alone, and names itself', async () => {
      const first = await endOffset(client, small);
      const records = [{ value: 'fits' }, { value: 'x'.repeat(2_000) }, { value: 'fits too' }];
      const answer = await postV2(client, `/topics/${small}`, records);
      expect(answer.status).toBe(200);
      const { offsets } = produced.parse(answer.json);
      expect(offsets.map(({ error_code }) => error_code)).toEqual([null, 50002, null]);
      expect(offsets[1]?.error).toMatch(/MESSAGE_TOO_LARGE.*2000/);
      expect(await readTexts(client, small, { offset: first })).toEqual(['"fits"', '"fits too"']);
    });

    it('refuses a larger record on v3', async () => {
      const answer = await storingNothing(client, small, () =>
        postV3(client, small, [{ value: stringOf('x'.repeat(2_000)) }]),
      );
      expectRecordsRefused(answer, /MESSAGE_TOO_LARGE/);
    });

    it('is 1,048,588 bytes where the topic says nothing', async () => {
      const usual = await client.createTopic();
      await produceV2(client, `/topics/${usual}`, [{ value: 'x'.repeat(1_048_000) }]);
      const beyond = await storingNothing(client, usual, () =>
        postV2(client, `/topics/${usual}`, [{ value: 'x'.repeat(1_048_588) }]),
      );
      expectRecordsRefused(beyond, /MESSAGE_TOO_LARGE.*1048588/);
    });
  });
}
