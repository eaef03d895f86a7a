import { describe, expect, it } from 'vitest';
import { MillraceClient } from '../../lib/client/millrace-client.ts';
import { FakeMillrace, FakeTiming } from './fake-millrace.ts';

const at = { topic: 't', partition: 0 };
const records = [{ key: 'k', value: 1 }];

function setUp() {
  const server = new FakeMillrace();
  const timing = new FakeTiming();
  return { server, timing, client: new MillraceClient({ url: 'http://fake', fetch: server.fetch, timing }) };
}

describe('a produce without a sequence', () => {
  it('is not sent again where its answer was lost', async () => {
    const { server, client } = setUp();
    server.fates.push('answer lost');
    await expect(client.produce({ ...at, records })).rejects.toMatchObject({ outcome: 'unknown' });
    expect(server.values()).toEqual([1]);
  });

  it('is not sent again where the server does not know its outcome', async () => {
    const { server, client } = setUp();
    server.fates.push('OUTCOME_UNKNOWN');
    await expect(client.produce({ ...at, records })).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    expect(server.sequences).toHaveLength(1);
  });

  it('is sent again where it was not applied, after the time that the server asked for', async () => {
    const { server, timing, client } = setUp();
    server.fates.push('THROTTLED', 'STORE_UNAVAILABLE');
    await expect(client.produce({ ...at, records })).resolves.toEqual([{ partition: 0, offset: 0 }]);
    expect(timing.sleptMs).toEqual([3_000, 3_000]);
  });

  it('tells of each record, also where none was stored', async () => {
    const offsets = [
      { partition: null, offset: null, error_code: 50002, error: 'INVALID_RECORD: why' },
      { partition: null, offset: null, error_code: 50003, error: 'THROTTLING_QUOTA_EXCEEDED: why' },
    ];
    const client = new MillraceClient({
      url: 'http://fake',
      fetch: async () => Response.json({ offsets }, { status: 422 }),
    });
    await expect(client.produce({ ...at, records })).resolves.toEqual([
      { error: 'INVALID_RECORD: why', retriable: false },
      { error: 'THROTTLING_QUOTA_EXCEEDED: why', retriable: true },
    ]);
  });
});

describe('a produce with a sequence', () => {
  const producer = { producerId: 7, producerEpoch: 0, sequence: 0 };

  it('is sent again as it was where its answer was lost, and is stored once', async () => {
    const { server, client } = setUp();
    server.fates.push('answer lost', 'answer lost');
    await expect(client.produce({ ...at, records, producer })).resolves.toEqual([{ partition: 0, offset: 0 }]);
    expect(server.sequences).toEqual([0, 0, 0]);
    expect(server.values()).toEqual([1]);
  });

  it('may have been applied where a first answer was lost, though a second one refuses it', async () => {
    const { server, client } = setUp();
    server.fates.push('answer lost', 'INVALID_PRODUCER_EPOCH');
    const produced = client.produce({ ...at, records, producer });
    await expect(produced).rejects.toMatchObject({ code: 'INVALID_PRODUCER_EPOCH', outcome: 'unknown' });
  });

  it('is not sent again where it was refused for good', async () => {
    const { server, client } = setUp();
    server.fates.push('INVALID_PRODUCER_EPOCH');
    await expect(client.produce({ ...at, records, producer })).rejects.toMatchObject({
      code: 'INVALID_PRODUCER_EPOCH',
    });
    expect(server.sequences).toEqual([0]);
  });
});

describe('any request', () => {
  it('ends with the reason of the client’s signal', async () => {
    const reason = new Error('enough');
    const { fetch } = new FakeMillrace();
    const client = new MillraceClient({ url: 'http://fake', fetch, signal: AbortSignal.abort(reason) });
    await expect(client.clusterId()).rejects.toBe(reason);
  });

  it('refuses an answer that is not Millrace’s', async () => {
    const client = new MillraceClient({ url: 'http://fake', fetch: async () => new Response('<html>Welcome</html>') });
    await expect(client.clusterId()).rejects.toThrow('HTTP 200, and not from Millrace; is the URL right?');
  });
});
