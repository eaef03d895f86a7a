/** Timestamps: the producer's, or with LogAppendTime that of the append. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Client } from './client.ts';
import { postV2, produceBatch, produceV2, produceV3, stringOf } from './support/produce.ts';
import { batchOf, bit, produceRaw, readRaw } from './support/raw.ts';
import { readAll, storingNothing } from './support/read.ts';
import { expectRecordsRefused } from './support/refusals.ts';

/** Clocks of this machine and of a deployment agree to this. */
const SKEW_MS = 60_000;

/** The year 275760: the last that ISO 8601 can write. */
const last = 8_640_000_000_000_000;

export function timestampCases(client: Client): void {
  describe('LogAppendTime', () => {
    let topic: string;

    const isNow = (timestamp: number | undefined) =>
      expect(Math.abs((timestamp ?? 0) - Date.now()), `${timestamp} is about now`).toBeLessThan(SKEW_MS);

    beforeAll(async () => {
      topic = await client.createTopic({ configs: { 'message.timestamp.type': 'LogAppendTime' } });
    });

    it('replaces the timestamp of a record, however it is produced', async () => {
      await produceV2(client, `/topics/${topic}`, [
        { value: 1, timestamp: 1_000 },
        { value: 2, timestamp: 5_000 },
      ]);
      const [report] = await produceV3(client, topic, { value: stringOf('v'), timestamp: '2021-02-05T19:14:42Z' });
      isNow(Date.parse(report?.timestamp ?? ''));
      const { successes } = await produceBatch(client, topic, [
        { id: '1', value: stringOf('v'), timestamp: '2021-02-05T19:14:42Z' },
      ]);
      isNow(Date.parse(successes[0]?.timestamp ?? ''));
      await produceRaw(client, topic, batchOf(['a', 'b'], { codec: 'gzip' }));
      const records = await readAll(client, topic, { accept: '*/*' });
      expect(records).toHaveLength(6);
      for (const { timestamp } of records) isNow(timestamp);
      const times = records.map(({ timestamp }) => timestamp);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
    });

    it('is told by the batch itself', async () => {
      const { batches } = await readRaw(client, topic);
      expect(batches).not.toHaveLength(0);
      for (const { attributes, maxTimestamp } of batches) {
        expect(attributes & bit.logAppendTime).not.toBe(0);
        isNow(Number(maxTimestamp));
      }
    });

    it('is what offsets by time go by', async () => {
      const path = `…/topics/${topic}/partitions/0/offset?offset_type=timestamp&timestamp=`;
      expect((await client.get(`${path}6000`)).json).toMatchObject({ offset: 0 });
      expect((await client.get(`${path}${Date.now() + SKEW_MS}`)).json).toMatchObject({ offset: -1 });
    });
  });

  describe('a timestamp', () => {
    let topic: string;

    beforeAll(async () => {
      topic = await client.createTopic();
    });

    it.each([0, 1, last - 1, last])('may be %i', async timestamp => {
      const [at] = await produceV2(client, `/topics/${topic}`, [{ value: 1, timestamp }]);
      expect(await readAll(client, topic, { ...at })).toMatchObject([{ timestamp }]);
    });

    it.each([-1, -1_000, last + 1, 2 ** 53, 1.5, 'now', '2021-02-05T19:14:42Z', true, {}])(
      'may not be %j on v2',
      async timestamp => {
        const body = { records: [{ value: 1, timestamp }] };
        const answer = await storingNothing(client, topic, () => client.post(`/topics/${topic}`, body));
        expectRecordsRefused(answer);
      },
    );

    it('is out of range by name', async () => {
      const answer = await storingNothing(client, topic, () =>
        postV2(client, `/topics/${topic}`, [{ value: 'x', timestamp: last + 1 }]),
      );
      expectRecordsRefused(answer, /timestamp/i);
    });
  });
}
