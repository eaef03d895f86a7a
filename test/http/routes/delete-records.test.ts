import { describe, expect, it } from 'vitest';
import { limits } from '../../../lib/protocol/limits.ts';
import { errorOf, jsonOf, send, sendJson, type TestApp, testApp } from '../support.ts';

/** A topic of two partitions, with three records in the first. */
async function withRecords() {
  const test = await testApp();
  await test.topic('t', 2);
  await test.app.request('/topics/t/partitions/0', sendJson({ records: [{ value: 0 }, { value: 1 }, { value: 2 }] }));
  return test;
}

const deleteRecords = ({ app, v3 }: TestApp, body: unknown, topic = 't') =>
  app.request(`${v3}/topics/${topic}/records:delete`, send(body));

/** Of one partition. */
const deleteBefore = async (test: TestApp, offset: number, partition_id = 0) =>
  (await jsonOf(deleteRecords(test, { partitions: [{ partition_id, offset }] }))).partitions[0];

const moved = (low_watermark: number, partition_id = 0) => ({ partition_id, error_code: 0, low_watermark });

/** As many partitions as asked for, all of which the topic has not. */
const many = (count: number) => ({
  partitions: Array.from({ length: count }, (_, index) => ({ partition_id: 2 + index, offset: 0 })),
});

describe('deleting records', () => {
  it('moves the log start, and what is below it is out of range', async () => {
    const test = await withRecords();
    expect(await deleteBefore(test, 2)).toEqual(moved(2));
    expect(await errorOf(test.read('t', 1))).toMatchObject({ status: 416, error_code: 41601 });
    const response = await test.read('t', 2);
    expect(response.headers.get('Millrace-Log-Start-Offset')).toBe('2');
    expect(await response.json()).toMatchObject([{ offset: 2 }]);
    expect(await jsonOf(test.app.request('/topics/t/partitions/0/offsets'))).toEqual({
      beginning_offset: 2,
      end_offset: 3,
    });
  });

  it('deletes up to the high watermark, by its number or -1', async () => {
    const test = await withRecords();
    expect(await deleteBefore(test, 3)).toEqual(moved(3));
    const other = await withRecords();
    expect(await deleteBefore(other, -1)).toEqual(moved(3));
    expect(await (await other.read('t', 3)).json()).toEqual([]);
    expect(await deleteBefore(other, -1, 1)).toEqual(moved(0, 1));
  });

  it('never moves the log start back', async () => {
    const test = await withRecords();
    await deleteBefore(test, 2);
    expect(await deleteBefore(test, 2)).toEqual(moved(2));
    expect(await deleteBefore(test, 0)).toEqual(moved(2));
  });

  it('answers the error of a partition in its place, and deletes in the others', async () => {
    const test = await withRecords();
    const asked = [
      { partition_id: 1, offset: 1 },
      { partition_id: 2, offset: 0 },
      { partition_id: -1, offset: 0 },
      { partition_id: 0, offset: 1 },
    ];
    const { partitions } = await jsonOf(deleteRecords(test, { partitions: asked }));
    expect(partitions).toEqual([
      { partition_id: 1, error_code: 1, message: expect.stringMatching(/^OFFSET_OUT_OF_RANGE: /), low_watermark: -1 },
      { partition_id: 2, error_code: 3, message: expect.stringMatching(/^UNKNOWN_TOPIC_OR/), low_watermark: -1 },
      { partition_id: -1, error_code: 3, message: expect.stringMatching(/^UNKNOWN_TOPIC_OR/), low_watermark: -1 },
      moved(1),
    ]);
  });

  it.each([
    ['no partitions', { partitions: [] }],
    [
      'one twice',
      {
        partitions: [
          { partition_id: 0, offset: 1 },
          { partition_id: 0, offset: 2 },
        ],
      },
    ],
    ['an offset below -1', { partitions: [{ partition_id: 0, offset: -2 }] }],
    ['an offset that is too large', { partitions: [{ partition_id: 0, offset: limits.offset + 1 }] }],
    ['an offset with a fraction', { partitions: [{ partition_id: 0, offset: 0.5 }] }],
    ['an offset as text', { partitions: [{ partition_id: 0, offset: '1' }] }],
    ['no offset', { partitions: [{ partition_id: 0 }] }],
    ['an unknown member', { partitions: [{ partition_id: 0, offset: 1, before: 1 }] }],
    ['a good partition beside a bad one', { partitions: [{ partition_id: 0, offset: 1 }, { partition_id: 1 }] }],
    ['no object', []],
  ])('is refused as a whole with %s', async (_name, body) => {
    const test = await withRecords();
    expect(await errorOf(deleteRecords(test, body))).toMatchObject({ status: 422, error_code: 422 });
    expect((await test.read('t', 0)).status).toBe(200);
  });

  it.each([
    [limits.partitionsPerTopic - 1, 200],
    [limits.partitionsPerTopic, 200],
    [limits.partitionsPerTopic + 1, 422],
  ])('of %i partitions is %i', async (count, status) => {
    expect((await deleteRecords(await withRecords(), many(count))).status).toBe(status);
  });

  it('of a topic that is not there is refused as a whole', async () => {
    const test = await withRecords();
    const response = deleteRecords(test, { partitions: [{ partition_id: 0, offset: 0 }] }, 'u');
    expect(await errorOf(response)).toMatchObject({ status: 404, error_code: 40403 });
  });
});
