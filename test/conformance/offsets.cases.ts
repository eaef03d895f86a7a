/** Where partitions begin and end, and offsets by time, on v3. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Client } from './client.ts';
import { produceV2 } from './support/produce.ts';
import { expectError } from './support/refusals.ts';

export function offsetCases(client: Client): void {
  let topic: string;

  const offset = (query: string, partition = 0) =>
    client.get(`…/topics/${topic}/partitions/${partition}/offset?offset_type=${query}`);

  const found = async (query: string, partition = 0) => {
    const answer = await offset(query, partition);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.type).toBe('application/json');
    return answer.json;
  };

  beforeAll(async () => {
    topic = await client.createTopic({ partitions: 2 });
    // Two requests, so two batches: offsets 0 to 2, and 3 to 5; time does not grow with the offset.
    const at = (timestamp: number) => ({ value: timestamp, timestamp });
    await produceV2(client, `/topics/${topic}/partitions/0`, [at(1_000), at(3_000), at(2_000)]);
    await produceV2(client, `/topics/${topic}/partitions/0`, [at(2_500), at(9_000), at(4_000)]);
  });

  describe('offset', () => {
    it('is earliest and latest, as Confluent says it', async () => {
      const cluster_id = await client.clusterId();
      expect(await found('earliest_and_latest')).toEqual({
        kind: 'KafkaPartitionWithOffsets',
        metadata: { self: expect.any(String), resource_name: expect.stringMatching(/^crn:\/\/\/kafka=/) },
        cluster_id,
        topic_name: topic,
        partition_id: 0,
        earliest_offset: 0,
        latest_offset: 6,
      });
    });

    it('is earliest or latest alone', async () => {
      expect(await found('earliest')).toMatchObject({
        topic_name: topic,
        partition_id: 0,
        earliest_offset: 0,
        offset: 0,
      });
      expect(await found('latest')).toMatchObject({ topic_name: topic, partition_id: 0, latest_offset: 6, offset: 6 });
    });

    it('is that of the record with the largest timestamp', async () => {
      expect(await found('max_timestamp')).toMatchObject({
        partition_id: 0,
        offset: 4,
        timestamp: '1970-01-01T00:00:09Z',
      });
    });

    it.each([
      [0, 0],
      [1_000, 0],
      [1_001, 1],
      [2_000, 1],
      [3_000, 1],
      [3_001, 4],
      [9_000, 4],
      [9_001, -1],
      [8_640_000_000_000_000, -1],
    ])('is that of the first record at or after %i: %i', async (timestamp, expected) => {
      expect(await found(`timestamp&timestamp=${timestamp}`)).toMatchObject({ partition_id: 0, offset: expected });
    });

    it('is 0 at both ends of an empty partition, and -1 by time', async () => {
      const empty = { partition_id: 1, earliest_offset: 0, latest_offset: 0 };
      expect(await found('earliest_and_latest', 1)).toMatchObject(empty);
      expect(await found('max_timestamp', 1)).toMatchObject({ offset: -1 });
      expect(await found('timestamp&timestamp=0', 1)).toMatchObject({ offset: -1, timestamp: null });
    });

    it.each([
      'first',
      'EARLIEST_AND_MORE',
      '',
      'timestamp',
      'timestamp&timestamp=',
      'timestamp&timestamp=-1',
      'timestamp&timestamp=1.5',
      'timestamp&timestamp=1e3',
      'timestamp&timestamp=0x10',
      'timestamp&timestamp=%2B1',
      'timestamp&timestamp=2021-02-05T19:14:42Z',
      'timestamp&timestamp=99999999999999999999',
    ])('is refused: offset_type=%s', async query => {
      expectError(await offset(query), { status: 400, code: 400 });
    });

    it('is unknown where the partition is', async () => {
      expectError(await offset('latest', 2), { status: 404, code: 40402 });
    });
  });
}
