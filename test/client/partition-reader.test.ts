import { describe, expect, it } from 'vitest';
import { MillraceClient } from '../../lib/client/millrace-client.ts';
import { PartitionReader } from '../../lib/client/partition-reader.ts';
import { FakeMillrace } from './fake-millrace.ts';

const at = { topic: 't', partition: 0 };

async function setUp(values: readonly number[]) {
  const server = new FakeMillrace();
  const client = new MillraceClient({ url: 'http://fake', fetch: server.fetch });
  if (values.length > 0) await client.produce({ ...at, records: values.map(value => ({ key: null, value })) });
  return { server, client };
}

describe('PartitionReader', () => {
  it('gives page after page from its offset, and knows its place', async () => {
    const { client } = await setUp([0, 1, 2, 3]);
    const reader = new PartitionReader(client, { ...at, offset: 1 });
    const values: unknown[] = [];
    for await (const { records, nextOffset } of reader) {
      values.push(records.map(({ value }) => value));
      expect(reader.position).toBe(nextOffset);
      if (nextOffset === 4) break;
    }
    expect(values).toEqual([[1, 2], [3]]);
  });

  it('ends where it is closed while it waits', async () => {
    const { client } = await setUp([0]);
    const reader = new PartitionReader(client, { ...at, offset: 0 });
    const positions: number[] = [];
    for await (const { nextOffset } of reader) {
      positions.push(nextOffset);
      setTimeout(() => reader.close(), 10);
    }
    expect(positions).toEqual([1]);
  });

  it('asks nothing once it is closed', async () => {
    const { server, client } = await setUp([]);
    const reader = new PartitionReader(client, { ...at, offset: 0 });
    reader.close();
    for await (const _ of reader) expect.unreachable();
    expect(server.seen).toEqual([]);
  });

  it('goes on where the server says, also where that is past the records', async () => {
    const asked: string[] = [];
    const pages = [
      { records: [{ offset: 3, key: 'k', value: 1, timestamp: 0 }], next: 10 },
      { records: [], next: 20 },
    ];
    const fetch: typeof globalThis.fetch = async input => {
      asked.push(new URL(String(input)).searchParams.get('offset') ?? '');
      const { records, next } = pages.shift() ?? { records: [], next: 20 };
      const headers = { 'millrace-next-offset': String(next), 'millrace-high-watermark': '20' };
      return Response.json(records, { headers });
    };
    const reader = new PartitionReader(new MillraceClient({ url: 'http://fake', fetch }), { ...at, offset: 3 });
    for await (const { nextOffset } of reader) if (nextOffset === 20) break;
    expect(asked).toEqual(['3', '10']);
  });

  it('fails where its offset is out of range', async () => {
    const message = 'OFFSET_OUT_OF_RANGE: 9 is past the end, 4';
    const fetch = async () => Response.json({ error_code: 41601, message }, { status: 416 });
    const reader = new PartitionReader(new MillraceClient({ url: 'http://fake', fetch }), { ...at, offset: 9 });
    await expect(reader[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' });
  });
});
