/** The client's triggers against the app, whose functions nobody invokes. */
import { describe, expect, it } from 'vitest';
import { MillraceClient } from '../../lib/client/millrace-client.ts';
import { createApp } from '../../lib/http/app.ts';
import { testApp } from '../http/support.ts';
import { FakeTiming } from './fake-millrace.ts';

async function setUp() {
  const { services, topic } = await testApp();
  await topic('click', 2);
  const triggers = {
    starter: { start: async () => {} },
    refusalOfFunction: (name: string) => (name === 'none' ? 'there is no such function' : undefined),
    refusalOfDestination: () => undefined,
  };
  const app = createApp({ ...services, triggers });
  const seen: { readonly method: string | undefined; readonly body: unknown }[] = [];
  const fetch: typeof globalThis.fetch = async (input, init) => {
    seen.push({ method: init?.method, body: init?.body && JSON.parse(String(init.body)) });
    return app.request(new Request(String(input), init));
  };
  const client = new MillraceClient({ url: 'http://memory', fetch, timing: new FakeTiming() });
  const produce = (partition: number) => {
    return client.produce({ topic: 'click', partition, records: [{ key: null, value: 1 }] });
  };
  return { triggers: client.triggers, produce, seen };
}

const count = { trigger: 'count-clicks', topics: ['click'], function: 'f' };

describe('a trigger, through the client', () => {
  it('is made, and says how far it is behind, partition by partition', async () => {
    const { triggers, produce } = await setUp();
    await produce(1);
    await triggers.create(count);
    expect(await triggers.describe(count.trigger)).toEqual({
      lag: 1,
      partitions: [0, 1].map(partition => ({
        topic: 'click',
        partition,
        currentOffset: 0,
        lag: partition,
        failures: 0,
        error: undefined,
      })),
    });
  });

  it('begins at the end where that is wanted', async () => {
    const { triggers, produce } = await setUp();
    await produce(0);
    await triggers.create({ ...count, startingPosition: 'LATEST' });
    expect((await triggers.describe(count.trigger)).lag).toBe(0);
  });

  it('has every setting under the name that the API has for it', async () => {
    const { triggers, seen } = await setUp();
    const settings = {
      functionTimeoutMs: 30_000,
      batchSize: 10,
      batchingWindowMs: 2_000,
      filters: [{ value: { page: [{ prefix: '/' }] } }],
      maximumRetryAttempts: 3,
      bisectsOnError: true,
      onFailure: 'kafka://failed',
    };
    await triggers.create({ ...count, ...settings, onFailure: null });
    await triggers.update({ trigger: count.trigger, ...settings, onFailure: null, function: 'g' });
    expect(seen.at(-1)).toEqual({
      method: 'PATCH',
      body: {
        function: 'g',
        function_timeout_in_seconds: 30,
        batch_size: 10,
        maximum_batching_window_in_seconds: 2,
        filters: settings.filters,
        maximum_retry_attempts: 3,
        bisect_batch_on_function_error: true,
        on_failure: null,
      },
    });
  });

  it('is changed in nothing but what is given', async () => {
    const { triggers, seen } = await setUp();
    await triggers.create(count);
    await triggers.update({ trigger: count.trigger, batchSize: 7 });
    expect(seen.at(-1)?.body).toEqual({ batch_size: 7 });
  });

  it('is deleted', async () => {
    const { triggers } = await setUp();
    await triggers.create(count);
    await triggers.delete(count.trigger);
    await expect(triggers.describe(count.trigger)).rejects.toMatchObject({ code: 'UNKNOWN_TRIGGER' });
    await expect(triggers.delete(count.trigger)).rejects.toMatchObject({ code: 'UNKNOWN_TRIGGER' });
  });

  it('is refused for what is wrong with it', async () => {
    const { triggers } = await setUp();
    const refused = (change: object) => triggers.create({ ...count, ...change });
    await expect(refused({ function: 'none' })).rejects.toMatchObject({ code: 'INVALID_REQUEST', retriable: false });
    await expect(refused({ batchSize: 0 })).rejects.toThrow(/batch_?size/i);
    await expect(refused({ topics: ['view'] })).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC' });
    await triggers.create(count);
    await expect(triggers.create(count)).rejects.toMatchObject({ code: 'TRIGGER_EXISTS' });
  });
});
