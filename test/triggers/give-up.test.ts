import { describe, expect, it } from 'vitest';
import { requestLost } from '../../lib/adapters/memory/faults.ts';
import type { TopicPartition } from '../../lib/log/topic-partition.ts';
import { produceRecords } from '../../lib/produce/produce-records.ts';
import { MillraceError } from '../../lib/protocol/errors.ts';
import { decodeBatch } from '../../lib/record/decode-batch.ts';
import { alterConfigs } from '../../lib/topics/alter-topic.ts';
import { deleteTopic } from '../../lib/topics/delete-topic.ts';
import { describeTrigger } from '../../lib/triggers/describe-trigger.ts';
import { retriesOf } from '../../lib/triggers/give-up.ts';
import { updateTrigger } from '../../lib/triggers/update-trigger.ts';
import { FAR } from '../support/far-deadline.ts';
import { triggerOf } from './trigger-of.ts';
import { done, failed, TriggerWorld } from './world.ts';

const MINUTE = 60_000;

/** A trigger whose function takes no record that says so. */
async function prepare(values: readonly string[], settings: Parameters<TriggerWorld['create']>[0] = {}) {
  const world = new TriggerWorld();
  await world.topic();
  await world.topic('failed', 1);
  await world.produce(values);
  world.behave = ({ values: given }) => (given.some(value => value?.startsWith('bad')) ? failed : done);
  const trigger = await world.create({
    maximumRetryAttempts: 0,
    batchSize: 1,
    onFailure: 'kafka://failed',
    ...settings,
  });
  return { world, trigger };
}

interface SentRecord {
  readonly key: string;
  readonly value: {
    readonly payload: unknown;
    readonly KafkaBatchInfo: { readonly recordInfo: { readonly offset: string } };
  };
}

async function sentTo(world: TriggerWorld, topic = 'failed'): Promise<readonly SentRecord[]> {
  const { services } = world.newWorker();
  const at: TopicPartition = { topicId: (await services.topics.read(topic)).topicId, partition: 0 };
  const { batches } = await services.logs.of(at).reader.read({ offset: 0, maxBytes: 1 << 24 });
  return batches.flatMap(({ bytes }) =>
    decodeBatch(bytes, { maxDecompressedBytes: 1 << 24 }).map(({ key, value }) => ({
      key: Buffer.from(key ?? []).toString(),
      value: JSON.parse(Buffer.from(value ?? []).toString()),
    })),
  );
}

const unsentOf = async ({ world, trigger }: Awaited<ReturnType<typeof prepare>>) =>
  (await describeTrigger(world.services, trigger.name)).partitions[0]?.lastResult?.unsent;

describe('retries', () => {
  it.each([
    [{ maximumRetryAttempts: 3 }, 3],
    [{ maximumRetryAttempts: 0, onFailure: 's3://b' }, 0],
    [{ maximumRetryAttempts: -1 }, Number.POSITIVE_INFINITY],
    // for ever would mean that nothing ever comes to the destination
    [{ maximumRetryAttempts: -1, onFailure: 's3://b' }, 10],
  ])('of %j are %d', (settings, retries) => {
    expect(retriesOf(triggerOf(settings))).toBe(retries);
  });
});

describe('what is given up', () => {
  it('is in the topic before the commit moves past it, each record by itself, and the others go on', async () => {
    const { world, trigger } = await prepare(['a', 'bad 1', 'b', 'bad 2', 'c']);
    expect((await world.run(trigger)).end).toBe('idle');
    const sent = await sentTo(world);
    expect(sent.map(({ key, value }) => [key, value.KafkaBatchInfo.recordInfo.offset])).toEqual([
      ['click-0-1', '1'],
      ['click-0-3', '3'],
    ]);
    expect(await world.offset(trigger)).toBe(5);
  });

  it('is dropped without a destination, and told', async () => {
    const { world, trigger } = await prepare(['bad', 'a'], { onFailure: undefined as never });
    const { report } = await world.run(trigger);
    expect(report).toMatchObject({ givenUp: 1, delivered: 1, failures: 1 });
    expect(world.failures.map(({ firstOffset, isGivenUp }) => [firstOffset, isGivenUp])).toEqual([[0, true]]);
    expect(await world.offset(trigger)).toBe(2);
  });

  it('is sent without what it holds where that is too large for the topic, or its key', async () => {
    const { world, trigger } = await prepare(['bad', `bad ${'x'.repeat(5_000)}`]);
    const large = { key: Buffer.alloc(5_000, 'k'), value: Buffer.from('bad'), partition: 0 };
    await produceRecords(world.services, { topic: 'click', records: [large], deadline: FAR });
    const changes = [{ name: 'max.message.bytes', operation: 'SET', value: '2000' }] as const;
    await alterConfigs(world.services, { name: 'failed', changes });
    expect((await world.run(trigger, { worker: world.newWorker() })).end).toBe('idle');
    const sent = await sentTo(world);
    expect(sent.map(({ value }) => value.payload)).toEqual([expect.anything(), null, null]);
    expect(sent.map(({ key }) => key)).toEqual(['click-0-0', 'click-0-1', 'click-0-2']);
    expect(await world.offset(trigger)).toBe(3);
  });

  it('waits for a destination that fails: nothing is committed, and nothing is delivered again', async () => {
    const { world, trigger } = await prepare(['a', 'bad', 'b'], { onFailure: 's3://bucket' });
    let isDown = true;
    world.send = batch => {
      if (isDown) throw new MillraceError('STORE_UNAVAILABLE', 'nobody is there');
      world.sent.push(batch);
    };
    expect((await world.run(trigger)).end).toBe('waiting');
    expect(await world.offset(trigger)).toBe(1);
    expect(await unsentOf({ world, trigger })).toContain('nobody is there');
    const before = world.delivered.length;
    isDown = false;
    await world.stores.clock.advance(5 * MINUTE);
    expect((await world.run(trigger, { worker: world.newWorker() })).end).toBe('idle');
    expect(world.delivered.slice(before).map(({ values }) => values)).toEqual([['b']]);
    expect(world.sent).toHaveLength(1);
  });

  it('waits for a topic that was deleted, says so, and comes there once it is made anew', async () => {
    const { world, trigger } = await prepare(['a', 'bad', 'b']);
    await deleteTopic(world.services, 'failed');
    await world.stores.clock.advance(MINUTE);
    const worker = world.newWorker();
    expect((await world.run(trigger, { worker })).end).toBe('waiting');
    expect(await unsentOf({ world, trigger })).toMatch(/kafka:\/\/failed.*UNKNOWN_TOPIC/);
    expect(await world.offset(trigger)).toBe(1);
    await world.topic('failed', 1);
    await world.stores.clock.advance(5 * MINUTE);
    expect((await world.run(trigger, { worker: world.newWorker() })).end).toBe('idle');
    expect(await sentTo(world)).toHaveLength(1);
  });

  it('is waited for no more where the destination is taken away', async () => {
    const { world, trigger } = await prepare(['bad', 'a']);
    await deleteTopic(world.services, 'failed');
    await world.stores.clock.advance(MINUTE);
    await world.run(trigger, { worker: world.newWorker() });
    await updateTrigger(world.services, trigger.name, { onFailure: null });
    await world.stores.clock.advance(5 * MINUTE);
    expect((await world.run(trigger, { worker: world.newWorker() })).end).toBe('idle');
    expect(await world.offset(trigger)).toBe(2);
  });

  it('may come to the topic twice where a reply is lost, and never not at all', async () => {
    const { world, trigger } = await prepare(['bad', 'a']);
    const worker = world.newWorker();
    const { topicId } = await world.services.topics.read('failed');
    let lost = 0;
    const { intercept } = worker.faults;
    worker.faults.intercept = (call, apply) => {
      const isOurs = call.operation === 'create' && call.key.startsWith(topicId) && lost++ < 1;
      return isOurs ? requestLost(call, apply) : intercept(call, apply);
    };
    expect((await world.run(trigger, { worker })).end).toBe('idle');
    expect((await sentTo(world)).length).toBeGreaterThanOrEqual(1);
    expect(lost).toBeGreaterThan(1);
  });

  it('to the topic that it comes from is refused when the trigger is made or changed', async () => {
    const { world, trigger } = await prepare([]);
    const refused = { code: 'INVALID_REQUEST', message: expect.stringContaining('would set itself off') };
    await expect(world.create({ name: 'other', onFailure: 'kafka://click' })).rejects.toMatchObject(refused);
    await expect(updateTrigger(world.services, trigger.name, { onFailure: 'kafka://click' })).rejects.toMatchObject(
      refused,
    );
  });
});
