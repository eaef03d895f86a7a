/** Many producers to one partition at once. */
import { describe, expect, it } from 'vitest';
import type { Client } from './client.ts';
import { produceV2, produceV3, type Stored, stringOf, valuesOf } from './support/produce.ts';
import { batchOf, produceRaw } from './support/raw.ts';
import { endOffset, readAll, textOf } from './support/read.ts';

const producers = 20;
const requests = 3;

export function concurrencyCases(client: Client): void {
  describe('20 producers to one partition', () => {
    it('get dense, unique offsets, and every record is where it was said to be', { timeout: 120_000 }, async () => {
      const topic = await client.createTopic();
      const path = `/topics/${topic}/partitions/0`;
      const written = new Map<number, string>();
      const note = (at: Stored | undefined, text: string) => {
        const { offset } = at ?? expect.fail('nothing is acknowledged');
        expect(written.has(offset), `offset ${offset} is given once`).toBe(false);
        written.set(offset, text);
      };
      const produce = async (producer: number) => {
        for (let request = 0; request < requests; request++) {
          const name = `${producer}/${request}`;
          if (producer % 4 === 0) {
            const [stored] = await produceRaw(client, topic, batchOf([`${name}/a`, `${name}/b`]));
            note(stored, `${name}/a`);
            note(stored && { ...stored, offset: stored.offset + 1 }, `${name}/b`);
          } else if (producer % 4 === 1) {
            const values = [`${name}/a`, `${name}/b`];
            const reports = await produceV3(client, topic, ...values.map(value => ({ value: stringOf(value) })));
            reports.forEach(({ offset }, index) => void note({ partition: 0, offset }, values[index] ?? ''));
          } else {
            const values = [`${name}/a`, `${name}/b`];
            const stored = await produceV2(client, path, valuesOf(...values));
            stored.forEach((at, index) => void note(at, JSON.stringify(values[index])));
          }
        }
      };
      await Promise.all(Array.from({ length: producers }, (_, producer) => produce(producer)));

      const count = producers * requests * 2;
      expect([...written.keys()].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, offset) => offset));
      expect(await endOffset(client, topic)).toBe(count);
      const records = await readAll(client, topic, { accept: '*/*', maxBytes: 2_000 });
      expect(records.map(({ offset }) => offset)).toEqual(Array.from({ length: count }, (_, offset) => offset));
      for (const { offset, value } of records) expect(textOf(value)).toBe(written.get(offset));
    });
  });

  describe('20 readers of one partition', () => {
    it('see the same records', async () => {
      const topic = await client.createTopic();
      await produceV2(client, `/topics/${topic}`, valuesOf(...Array.from({ length: 100 }, (_, index) => index)));
      const reads = await Promise.all(Array.from({ length: 20 }, () => readAll(client, topic, { maxBytes: 500 })));
      for (const records of reads)
        expect(records.map(({ value }) => value)).toEqual(reads[0]?.map((_, index) => index));
    });
  });
}
