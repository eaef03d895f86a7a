/** Faults of triggers that were found in the running, each with its story. */

import type { LambdaClient } from '@aws-sdk/client-lambda';
import { describe, expect, it } from 'vitest';
import { LambdaTriggerTarget } from '../../lib/adapters/aws/trigger-target.ts';
import { noFault, throttled } from '../../lib/adapters/memory/faults.ts';
import { ManualClock } from '../../lib/adapters/memory/manual-clock.ts';
import { readGroup } from '../../lib/groups/group.ts';
import { deadlineIn } from '../../lib/log/deadline.ts';
import { MillraceError } from '../../lib/protocol/errors.ts';
import { deleteRecords } from '../../lib/topics/delete-records.ts';
import { deleteTrigger } from '../../lib/triggers/delete-trigger.ts';
import { describeTrigger } from '../../lib/triggers/describe-trigger.ts';
import { startGrown, sweepTriggers } from '../../lib/triggers/dispatch.ts';
import { RecordSource } from '../../lib/triggers/record-source.ts';
import { runPartition } from '../../lib/triggers/run-partition.ts';
import { TopicNames } from '../../lib/triggers/topic-names.ts';
import { updateTrigger } from '../../lib/triggers/update-trigger.ts';
import { FAR } from '../support/far-deadline.ts';
import { done, TriggerWorld } from '../triggers/world.ts';

const MINUTE = 60_000;

/** A world with records in `click-0`, and a trigger of it. */
async function triggered(values: readonly string[], settings: Parameters<TriggerWorld['create']>[0] = {}) {
  const world = new TriggerWorld();
  await world.topic();
  if (values.length > 0) await world.produce(values);
  return { world, trigger: await world.create(settings) };
}

describe('a lease', () => {
  /** Leases were taken for mistakes where they were twice as long as those that the settings of now give. */
  it('holds although the timeout of the function was shortened meanwhile', async () => {
    const { world, trigger } = await triggered(['0'], { functionTimeoutMs: 5 * MINUTE });
    world.behave = () => new Promise(() => {});
    void runPartition(world.services, await world.request(trigger), FAR);
    await world.stores.clock.advance(1_000);
    const shorter = await updateTrigger(world.services, trigger.name, { functionTimeoutMs: 1_000 });
    expect((await world.run(shorter, { worker: world.newWorker() })).end).toBe('held');
    expect(world.delivered).toHaveLength(1);
    await world.stores.clock.advance(5 * MINUTE + 30_000);
    world.behave = () => done;
    expect((await world.run(shorter, { worker: world.newWorker() })).end).toBe('idle');
  });
});

describe('a store that fails between two events', () => {
  /** The settings were read where no failure was caught: the runner ended, and what it had delivered was never committed. */
  it('does not end the run, whose events are committed and delivered once', async () => {
    const { world, trigger } = await triggered(['0', '1', '2'], { batchSize: 1 });
    world.behave = () => {
      world.worker.faults.next('get', throttled);
      return done;
    };
    expect((await world.run(trigger)).end).toBe('idle');
    expect(world.delivered.map(({ offsets }) => offsets)).toEqual([[0], [1], [2]]);
    expect(await world.offset(trigger)).toBe(3);
  });

  /** What the answer said was taken back together with what could not be written. */
  it('does not make a failure uncounted, nor deliver again what was reported as done', async () => {
    const { world, trigger } = await triggered(['0', '1'], {
      reportsItemFailures: true,
      maximumRetryAttempts: 0,
      onFailure: 's3://bucket',
    });
    world.behave = async ({ offsets }) => {
      // the lease has to be renewed before the record is sent to the destination
      await world.stores.clock.advance(30_000);
      for (let times = 0; times < 5; times++) world.worker.faults.next('replace', throttled);
      const failures = offsets.includes(1) ? [{ itemIdentifier: { partition: 'click-0', offset: 1 } }] : [];
      return { outcome: 'done', response: JSON.stringify({ batchItemFailures: failures }) };
    };
    expect((await world.run(trigger)).end).toBe('idle');
    expect(world.delivered.map(({ offsets }) => offsets)).toEqual([[0, 1]]);
    expect(world.sent).toHaveLength(1);
  });

  it('is waited out for as long as the runner has time, where the partition cannot even be given back', async () => {
    const { world, trigger } = await triggered(['0']);
    for (let times = 0; times < 80; times++) world.worker.faults.next('replace', throttled);
    // not the first write, which makes its cell
    world.worker.faults.next('create', throttled);
    world.behave = () => done;
    expect((await world.run(trigger, { deadline: deadlineIn(world.stores.clock, 15 * MINUTE) })).end).toBe('idle');
    expect(await world.offset(trigger)).toBe(1);
  });
});

describe('a trigger that is paused while a batch is waited for', () => {
  /** The settings were read only after an event: with a window of five minutes one began that long after the pause. */
  it('begins no other event', async () => {
    const { world, trigger } = await triggered(['0'], { batchingWindowMs: 5 * MINUTE });
    const running = runPartition(world.services, await world.request(trigger), FAR);
    await world.stores.clock.advance(MINUTE);
    await updateTrigger(world.services, trigger.name, { isEnabled: false });
    await world.stores.clock.advance(5 * MINUTE);
    expect((await running).end).toBe('stopped');
    expect(world.delivered).toEqual([]);
  });

  it('has the event made by the settings of now where they were changed', async () => {
    const { world, trigger } = await triggered(['0', '1'], { batchingWindowMs: MINUTE });
    const running = runPartition(world.services, await world.request(trigger), FAR);
    await world.stores.clock.advance(1_000);
    await updateTrigger(world.services, trigger.name, { batchSize: 1 });
    await world.stores.clock.advance(3 * MINUTE);
    expect((await running).end).toBe('idle');
    expect(world.delivered.map(({ offsets }) => offsets)).toEqual([[0], [1]]);
  });
});

describe('records that are given up, while their destination cannot be reached', () => {
  /** Whenever the destination failed they were delivered again, whatever the settings said of retries. */
  it('are not delivered again, by this runner or the next, and come there with what the function said', async () => {
    const { world, trigger } = await triggered(['0', '1'], { maximumRetryAttempts: 1, onFailure: 's3://bucket' });
    world.behave = ({ offsets }) => (offsets.includes(0) ? { outcome: 'failed', error: 'Error: no' } : done);
    const send = world.services.destination.send;
    const unreachable = async () => {
      throw new MillraceError('STORE_UNAVAILABLE', 'nobody is there');
    };
    Object.assign(world.services.destination, { send: unreachable });
    expect((await world.run(trigger)).end).toBe('waiting');
    const [partition] = (await describeTrigger(world.services, trigger.name)).partitions;
    expect(partition?.lastResult?.unsent).toContain('nobody is there');
    await world.stores.clock.advance(5 * MINUTE);
    Object.assign(world.services.destination, { send });
    expect((await world.run(trigger)).end).toBe('idle');
    expect(world.delivered).toHaveLength(2);
    expect(world.sent.map(({ metadata }) => JSON.parse(metadata))).toEqual([
      expect.objectContaining({
        requestContext: expect.objectContaining({ approximateInvokeCount: 2 }),
        responseContext: expect.objectContaining({ functionError: 'Error: no' }),
      }),
    ]);
    expect(await world.offset(trigger)).toBe(2);
  });
});

describe('what a function says of its failure', () => {
  /** The text was cut in the middle of a character, which is no UTF-8. */
  it('is kept in whole characters', async () => {
    const { world, trigger } = await triggered(['0']);
    world.behave = () => ({ outcome: 'failed', error: `${'x'.repeat(299)}\u{1f600}` });
    await world.run(trigger);
    const [partition] = (await describeTrigger(world.services, trigger.name)).partitions;
    expect(partition?.lastResult?.error?.isWellFormed()).toBe(true);
  });
});

describe('the list of what is due', () => {
  const noted = (world: TriggerWorld) => world.stores.cluster.all().filter(({ pk }) => pk === 'trigger-due');

  /** A runner that came before a trigger was resumed noted itself after the one that runs, and took the note away. */
  it('keeps the note of a run under way where another finds the trigger paused', async () => {
    const { world, trigger } = await triggered(['0']);
    const request = await world.request(trigger);
    const late = world.newWorker();
    await updateTrigger(world.services, trigger.name, { isEnabled: false });
    late.faults.next('get', async (_call, apply) => {
      const paused = await apply();
      await updateTrigger(world.services, trigger.name, { isEnabled: true });
      world.behave = () => new Promise(() => {});
      void runPartition(world.services, request, FAR);
      await world.stores.clock.advance(100);
      return paused;
    });
    expect((await runPartition(late.services, request, FAR)).end).toBe('stopped');
    expect(noted(world)).toHaveLength(1);
  });

  it('is written and cleared although the store fails for a moment', async () => {
    const { world, trigger } = await triggered(['0']);
    for (let times = 0; times < 6; times++) world.worker.faults.next('create', throttled);
    for (let times = 0; times < 3; times++) world.worker.faults.next('delete', throttled);
    expect((await world.run(trigger)).end).toBe('idle');
    expect(noted(world)).toEqual([]);
  });
});

describe('filters that let nothing through', () => {
  /** Whatever came while one look was committed was the next look's, with a write for each. */
  it('cost a few writes a second on a log that grows all the time', async () => {
    const { world, trigger } = await triggered(['0'], { filters: ['{"key":["nothing has it"]}'] });
    await world.run(trigger);
    await world.produce(['1']);
    for (let times = 0; times < 100; times++) {
      // the write with which the partition is given back
      world.worker.faults.next('replace', async (_call, apply) => {
        await world.produce(['more']);
        return apply();
      });
    }
    const began = world.stores.clock.now();
    expect((await world.run(trigger)).end).toBe('idle');
    expect(await world.offset(trigger)).toBe(102);
    expect(world.stores.clock.now() - began).toBeGreaterThan(15_000);
  });
});

describe('filters that let little through', () => {
  const MIB = 1024 * 1024;
  const some = (count: number, sizeInBytes: number) => Array.from({ length: count }, () => 'x'.repeat(sizeInBytes));

  async function filtered(filters: readonly string[]) {
    const world = new TriggerWorld();
    await world.topic('click', 1, { 'compression.type': 'uncompressed' });
    return { world, trigger: await world.create({ filters }) };
  }

  /** All of the log was looked through before anything was committed: where that took longer than a runner lives, for ever. */
  it('do not keep a run from committing what it has passed over, and handing on', async () => {
    const { world, trigger } = await filtered(['{"key":["nothing has it"]}']);
    for (let times = 0; times < 3; times++) await world.produce(some(40_000, 40));
    for (let times = 0; times < 20; times++) {
      world.worker.faults.next('query', async (_call, apply) => {
        await world.stores.clock.advance(15_000);
        return apply();
      });
    }
    expect((await world.run(trigger, { deadline: deadlineIn(world.stores.clock, 3 * MINUTE) })).end).toBe('handed on');
    expect(await world.offset(trigger)).toBeGreaterThanOrEqual(50_000);
    expect((await world.run(trigger)).end).toBe('idle');
    expect(await world.offset(trigger)).toBe(120_000);
  });

  /** Behind the first record of an event 50,000 were kept in memory, whatever their size. */
  it('do not make a run keep more of the log than a few dozen megabytes', async () => {
    const { world, trigger } = await filtered(['{"offset":[0,99]}']);
    for (let times = 0; times < 100; times++) await world.produce(some(1, MIB - 1_000));
    await world.run(trigger);
    expect(world.delivered.map(({ offsets }) => offsets)).toEqual([[0], [99]]);
  });
});

describe('batches that are much larger than they are stored', () => {
  /** All batches of a page were decompressed at once: a megabyte of a log can hold gigabytes. */
  it('are decompressed a few at a time', async () => {
    const world = new TriggerWorld();
    await world.topic('click', 1, { 'compression.type': 'gzip' });
    const mebibyte = '0'.repeat(1_000_000);
    for (let times = 0; times < 40; times++) await world.produce([mebibyte]);
    const { topicId } = await world.services.topics.read('click');
    const source = new RecordSource(world.services.logs.of({ topicId, partition: 0 }).reader);
    const sizes: number[] = [];
    for (let offset = 0; offset < 40; ) {
      const { records, nextOffset } = await source.pageFrom(offset);
      expect(records.map(record => record.offset)).toEqual(
        Array.from({ length: nextOffset - offset }, (_, index) => offset + index),
      );
      sizes.push(records.length);
      offset = nextOffset;
    }
    expect(sizes).toEqual([9, 9, 9, 9, 4]);
  });
});

describe('a record that killed its runners', () => {
  /** Whatever stood there next was given up in its place. */
  it('is none any more once it is deleted: the next is delivered', async () => {
    const { world, trigger } = await triggered(['0', '1', '2'], { onFailure: 's3://bucket' });
    const request = await world.request(trigger);
    world.behave = ({ offsets }) => (offsets.includes(1) ? new Promise(() => {}) : done);
    for (let deaths = 0; deaths < 4; deaths++) {
      void runPartition(world.newWorker().services, request, FAR);
      await world.stores.clock.advance(91_000);
    }
    await deleteRecords(world.services, { topic: 'click', partition: 0, beforeOffset: 2 });
    world.behave = () => done;
    expect((await world.run(trigger, { worker: world.newWorker() })).end).toBe('idle');
    expect(world.delivered.at(-1)?.offsets).toEqual([2]);
    expect(world.sent).toEqual([]);
  });
});

describe('a log start in the middle of a batch', () => {
  /** The batch was read for what is left of it, and all that it holds from the committed offset on was delivered. */
  it('keeps the records below it from being delivered', async () => {
    const { world, trigger } = await triggered(['0', '1', '2'], {
      startingPosition: 'AT_TIMESTAMP',
      startingTimestamp: 0,
    });
    await deleteRecords(world.services, { topic: 'click', partition: 0, beforeOffset: 2 });
    await world.run(trigger);
    expect(world.delivered.map(({ offsets }) => offsets)).toEqual([[2]]);
  });
});

describe('the group of a trigger that is deleted while it is made', () => {
  const wanted = { name: 'late', groupId: 'readers' };
  const headOf = (world: TriggerWorld) => readGroup(world.services, 'readers');

  /** Its maker took the group after the deletion, and the group was that of a trigger which was no more, for ever. */
  it('is nobody’s again', async () => {
    const { world } = await triggered([]);
    world.worker.faults.next('create', async (_call, apply) => {
      const created = await apply();
      await deleteTrigger(world.newWorker().services, 'late');
      return created;
    });
    await expect(world.create(wanted)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(await headOf(world)).toMatchObject({ head: { life: expect.any(String) } });
    expect((await headOf(world))?.head.trigger).toBeUndefined();
  });

  it('is nobody’s again after the sweep where its maker has died', async () => {
    const { world } = await triggered([]);
    const maker = new Promise<void>(died => {
      world.worker.faults.next('create', async (_call, apply) => {
        const created = await apply();
        await deleteTrigger(world.newWorker().services, 'late');
        return created;
      });
      // the trigger's becoming live, which is the second: the first takes the group
      world.worker.faults.next('replace', noFault);
      world.worker.faults.next('replace', () => {
        died();
        return new Promise(() => {});
      });
    });
    void world.create(wanted);
    await maker;
    expect((await headOf(world))?.head.trigger).toMatchObject({ name: 'late' });
    const kept = await readGroup(world.services, 'count');
    await sweepTriggers(world.newWorker().services, FAR);
    expect((await headOf(world))?.head.trigger).toBeUndefined();
    expect((await readGroup(world.services, 'count'))?.version).toBe(kept?.version);
  });
});

describe('an invocation by AWS Lambda', () => {
  const call = { function: 'f', payload: '{}', timeoutMs: 5_000 };
  const failing = (name: string) => {
    const send = async () => {
      throw Object.assign(new Error('no'), { name });
    };
    return { send } as unknown as LambdaClient;
  };

  /** It counted as not made, and was made again for ever, whatever the retries. */
  it('with an event that is too large has failed, and is not merely refused', async () => {
    const target = new LambdaTriggerTarget(failing('RequestTooLargeException'), new ManualClock());
    expect(await target.invoke(call)).toMatchObject({ outcome: 'failed' });
  });

  /** A function that starts cold ends so much later; the next invocation overlapped with it. */
  it('of which nothing is known is waited for as long as it takes with its way and a cold start', async () => {
    const clock = new ManualClock();
    const answered = new LambdaTriggerTarget(failing('TimeoutError'), clock).invoke(call);
    let isAnswered = false;
    void answered.then(() => {
      isAnswered = true;
    });
    await clock.advance(14_000);
    expect(isAnswered).toBe(false);
    await clock.advance(1_000);
    expect(await answered).toMatchObject({ outcome: 'unknown' });
  });
});

describe('wake-ups', () => {
  /** Each read the list of all topics: with a thousand of them 75 read units a second for each shard of the stream. */
  it('read the list of topics only where one is met that was not there before', async () => {
    const { world, trigger } = await triggered(['0']);
    const names = new TopicNames(world.services.cluster);
    const topicQueries = () =>
      world.worker.calls.filter(({ operation, key }) => operation === 'query' && key === 'topic').length;
    const { topicId } = await world.request(trigger);
    const wake = (id = topicId) => startGrown(world.services, [{ topicId: id, partition: 0 }], names);
    const before = topicQueries();
    for (let times = 0; times < 3; times++) expect(await wake()).toMatchObject({ started: 1 });
    expect(topicQueries() - before).toBe(1);
    await world.topic('later');
    await world.create({ name: 'late', topics: ['later'] });
    const later = await world.services.topics.read('later');
    const since = topicQueries();
    expect(await wake(later.topicId)).toMatchObject({ started: 1 });
    expect(topicQueries() - since).toBe(1);
    expect(await wake('nobody')).toMatchObject({ started: 0 });
  });
});
