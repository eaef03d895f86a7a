import { describe, expect, it } from 'vitest';
import { MillraceClient } from '../../lib/client/millrace-client.ts';

interface Seen {
  readonly method: string | undefined;
  readonly path: string;
  readonly body: unknown;
}

/** A client whose requests get the answers, one after the other; and what was asked. */
function answering(...answers: readonly Response[]): { readonly client: MillraceClient; readonly seen: Seen[] } {
  const seen: Seen[] = [];
  const left = [Response.json({ data: [{ cluster_id: 'c' }] }), ...answers];
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const { pathname, search } = new URL(String(input));
    seen.push({ method: init?.method, path: pathname + search, body: init?.body && JSON.parse(String(init.body)) });
    return left.shift() ?? expect.fail('one request too many');
  };
  return { client: new MillraceClient({ url: 'http://fake', fetch }), seen };
}

describe('altering a topic', () => {
  it('sets the keys that are given, all in one request', async () => {
    const { client, seen } = answering(new Response(null, { status: 204 }));
    await client.alterTopic({ topic: 'a/b', config: { 'cleanup.policy': 'compact', 'segment.ms': '1' } });
    expect(seen[1]).toEqual({
      method: 'POST',
      path: '/v3/clusters/c/topics/a%2Fb/configs:alter',
      body: {
        data: [
          { name: 'cleanup.policy', value: 'compact' },
          { name: 'segment.ms', value: '1' },
        ],
      },
    });
  });

  it('throws what the server says is wrong', async () => {
    const { client } = answering(Response.json({ error_code: 40002, message: 'no such key' }, { status: 400 }));
    await expect(client.alterTopic({ topic: 't', config: { no: '1' } })).rejects.toThrow('no such key');
  });
});

describe('the list of segments', () => {
  const page = (next: string | null, ...bases: readonly number[]) =>
    Response.json({
      metadata: { self: 's', next },
      data: bases.map(base => ({
        base_offset: base,
        last_offset: base + 4,
        size_in_bytes: 100,
        max_timestamp: 1,
        url: 'u',
      })),
    });

  it('is read page after page, by the links', async () => {
    const { client, seen } = answering(page('http://else/v3/x?from_offset=25&page_size=2', 0, 5), page(null, 30));
    const segments = await client.listSegments({ topic: 't', partition: 1 });
    expect(segments.map(({ baseOffset, lastOffset, sizeInBytes }) => [baseOffset, lastOffset, sizeInBytes])).toEqual([
      [0, 4, 100],
      [5, 9, 100],
      [30, 34, 100],
    ]);
    const asked = seen.slice(1).map(({ path }) => path);
    expect(asked).toEqual(
      [0, 25].map(from => `/v3/clusters/c/topics/t/partitions/1/segments?from_offset=${from}&page_size=1000`),
    );
  });
});
