import { describe, expect, it } from 'vitest';
import { replyLost, throttled } from '../../lib/adapters/memory/faults.ts';
import { deadlineIn } from '../../lib/log/deadline.ts';
import type { RunRequest } from '../../lib/ports/runner-starter.ts';
import { deleteRecords } from '../../lib/topics/delete-records.ts';
import { runPartition } from '../../lib/triggers/run-partition.ts';
import { updateTrigger } from '../../lib/triggers/update-trigger.ts';
import { appendOf } from '../support/batches.ts';
import { FAR } from '../support/far-deadline.ts';
import { done, failed, TriggerWorld } from './world.ts';

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);
const values = (count: number) => numbers(0, count).map(String);

/** A world with records in `click-0`, and a trigger of it. */
async function triggered(records: number, settings: Parameters<TriggerWorld['create']>[0] = {}) {
  const world = new TriggerWorld();
  await world.topic();
  if (records > 0) await world.produce(values(records));
  const trigger = await world.create(settings);
  return { world, trigger };
}

describe('a run of a partition', () => {
  it('delivers every record once, in order, in events of the batch size, and commits them', async () => {
    const { world, trigger } = await triggered(250);
    expect((await world.run(trigger)).end).toBe('idle');
    expect(world.delivered.map(({ offsets }) => offsets)).toEqual([
      numbers(0, 100),
      numbers(100, 200),
      numbers(200, 250),
    ]);
    expect(await world.offset(trigger)).toBe(250);
  });

  it('delivers nothing again when it is run again', async () => {
    const { world, trigger } = await triggered(3);
    await world.run(trigger);
    expect((await world.run(trigger)).end).toBe('idle');
    expect(world.delivered).toHaveLength(1);
  });

  it('leaves nothing noted as due when it has come to the end', async () => {
    const { world, trigger } = await triggered(3);
    await world.run(trigger);
    expect(world.stores.cluster.all().filter(({ pk }) => pk === 'trigger-due')).toEqual([]);
  });

  it('delivers what is appended while it delivers', async () => {
    const { world, trigger } = await triggered(1);
    world.behave = async ({ offsets }) => {
      if (offsets[0] === 0) await world.produce(['late']);
      return done;
    };
    await world.run(trigger);
    expect(world.delivered.map(({ values: delivered }) => delivered)).toEqual([['0'], ['late']]);
  });

  it('delivers what is appended while it gives the lease back', async () => {
    const { world, trigger } = await triggered(1);
    world.behave = async () => {
      if (world.delivered.length === 1) {
        // the last write of the run, after its look at the end
        world.worker.faults.next('replace', async (_call, apply) => {
          await world.produce(['late']);
          return apply();
        });
      }
      return done;
    };
    expect((await world.run(trigger)).end).toBe('idle');
    expect(world.delivered).toHaveLength(2);
  });

  it('waits for a batch to become full, no longer than its window', async () => {
    const { world, trigger } = await triggered(2, { batchSize: 4, batchingWindowMs: 5_000 });
    const running = runPartition(world.services, await world.request(trigger), FAR);
    await world.stores.clock.advance(2_000);
    expect(world.delivered).toEqual([]);
    await world.produce(['2']);
    await world.stores.clock.advance(2_000);
    expect(world.delivered).toEqual([]);
    await world.stores.clock.advance(2_000);
    await running;
    expect(world.delivered.map(({ offsets }) => offsets)).toEqual([[0, 1, 2]]);
  });

  it('does not wait once the batch is full', async () => {
    const { world, trigger } = await triggered(4, { batchSize: 4, batchingWindowMs: 60_000 });
    const began = world.stores.clock.now();
    await world.run(trigger);
    expect(world.stores.clock.now() - began).toBeLessThan(1_000);
  });

  it('passes over what the filters do not let through, and commits it', async () => {
    const { world, trigger } = await triggered(10, { filters: ['{"value":["3"]}', '{"value":["7"]}'] });
    await world.run(trigger);
    expect(world.delivered.map(({ offsets }) => offsets)).toEqual([[3, 7]]);
    expect(await world.offset(trigger)).toBe(10);
  });

  it('commits how far it has looked where the filters let nothing through, and hands on before its time is over', async () => {
    const { world, trigger } = await triggered(0, { filters: ['{"value":["last"]}'] });
    const at = await world.request(trigger);
    const append = (...some: string[]) => world.services.logs.of(at).append(appendOf(...some), FAR);
    for (let batch = 0; batch < 15; batch++) await append(...Array.from({ length: 9_000 }, () => 'other'.repeat(20)));
    await append('last');
    const slow = world.newWorker();
    slow.faults.intercept = async (call, apply) => {
      // a page takes a minute
      if (call.operation === 'query' && call.key.startsWith(at.topicId)) world.stores.clock.jump(60_000);
      return apply();
    };
    const ends: string[] = [];
    for (let end = 'handed on'; end === 'handed on'; ends.push(end)) {
      const began = world.stores.clock.now();
      ({ end } = await world.run(trigger, { worker: slow, deadline: deadlineIn(world.stores.clock, 300_000) }));
      const offset = (await world.offset(trigger)) ?? 0;
      expect(world.stores.clock.now() - began).toBeLessThan(600_000);
      expect(offset).toBeGreaterThanOrEqual(Math.min(135_000, (ends.length + 1) * 50_000));
    }
    expect(ends.at(-1)).toBe('idle');
    expect(world.delivered.map(({ offsets }) => offsets)).toEqual([[135_000]]);
  });

  it('starts another run when its time is nearly over, and another goes on', async () => {
    const { world, trigger } = await triggered(300);
    world.behave = async () => {
      await world.stores.clock.advance(40_000);
      return done;
    };
    const deadline = deadlineIn(world.stores.clock, 160_000);
    const { end } = await world.run(trigger, { deadline });
    expect(end).toBe('handed on');
    expect(world.delivered).toHaveLength(2);
    // the first was started when the trigger was made
    expect(world.started).toMatchObject([await world.request(trigger), await world.request(trigger)]);
    await world.runRequest(world.started[1] as RunRequest);
    expect(world.stores.cluster.all().filter(({ pk }) => pk === 'trigger-due')).toEqual([]);
    expect(world.delivered.flatMap(({ offsets }) => offsets)).toEqual(numbers(0, 300));
  });

  it('stops with the event under way where the trigger is paused', async () => {
    const { world, trigger } = await triggered(300);
    world.behave = async () => {
      await updateTrigger(world.services, trigger.name, { isEnabled: false });
      return done;
    };
    expect((await world.run(trigger)).end).toBe('stopped');
    expect(world.delivered).toHaveLength(1);
    expect(await world.offset(trigger)).toBe(100);
  });

  it('begins at the log start where retention was faster', async () => {
    const { world, trigger } = await triggered(0);
    expect((await world.run(trigger)).end).toBe('idle');
  });
});

describe('a function that fails', () => {
  it('is given the same records again until it does not', async () => {
    const { world, trigger } = await triggered(3);
    world.behave = () => (world.delivered.length < 4 ? failed : done);
    expect((await world.run(trigger)).end).toBe('idle');
    expect(world.delivered.map(({ offsets }) => offsets)).toEqual(Array.from({ length: 4 }, () => [0, 1, 2]));
    expect(world.failures.map(({ failures }) => failures)).toEqual([1, 2, 3]);
  });

  it('is given smaller batches where they are split, until the record is alone', async () => {
    const { world, trigger } = await triggered(8, { bisectsOnError: true, maximumRetryAttempts: 1 });
    world.behave = ({ offsets }) => (offsets.includes(5) ? failed : done);
    await world.run(trigger);
    expect(world.delivered.map(({ offsets }) => offsets)).toEqual([
      numbers(0, 8),
      numbers(0, 4),
      numbers(4, 8),
      [4, 5],
      [4],
      [5],
      [5],
      [6, 7],
    ]);
    expect(await world.offset(trigger)).toBe(8);
  });

  it('has what it does not take after all its retries sent to the destination, with its coordinates, before the commit', async () => {
    const { world, trigger } = await triggered(3, { maximumRetryAttempts: 2, onFailure: 's3://bucket/prefix' });
    world.behave = ({ offsets }) => (offsets.includes(0) ? failed : done);
    await world.run(trigger);
    expect(world.delivered).toHaveLength(3);
    expect(world.sent).toHaveLength(1);
    const [batch] = world.sent;
    expect(batch?.destination).toBe('s3://bucket/prefix');
    expect(JSON.parse(batch?.metadata ?? '')).toMatchObject({
      requestContext: { condition: 'RetryAttemptsExhausted', functionArn: 'f', approximateInvokeCount: 3 },
      KafkaBatchInfo: { batchSize: 3, recordsInfo: { 'click-0': { firstRecordOffset: '0', lastRecordOffset: '2' } } },
    });
    expect(await world.offset(trigger)).toBe(3);
  });

  it('is waited for later, without a runner, after many failures', async () => {
    const { world, trigger } = await triggered(3);
    world.behave = () => failed;
    const { end } = await world.run(trigger);
    expect(end).toBe('waiting');
    expect((await world.run(trigger)).end).toBe('held');
    await world.stores.clock.advance(5 * 60_000);
    world.behave = () => done;
    expect((await world.run(trigger)).end).toBe('idle');
  });

  it('reports the records that failed: those before are done, and it is given the rest', async () => {
    const { world, trigger } = await triggered(6, { reportsItemFailures: true });
    const report = JSON.stringify({ batchItemFailures: [{ itemIdentifier: { partition: 'click-0', offset: 4 } }] });
    world.behave = () => (world.delivered.length === 1 ? { outcome: 'done', response: report } : done);
    await world.run(trigger);
    expect(world.delivered.map(({ offsets }) => offsets)).toEqual([numbers(0, 6), [4, 5]]);
  });

  it('reports one record in a thousand: 999 are handled in order, one ends at the destination', async () => {
    const { world, trigger } = await triggered(1_000, {
      reportsItemFailures: true,
      bisectsOnError: true,
      maximumRetryAttempts: 2,
      onFailure: 'arn:aws:sqs:eu-west-1:123456789012:failed',
    });
    const handled: number[] = [];
    world.behave = ({ offsets }) => {
      const bad = offsets.find(offset => offset === 617);
      handled.push(...offsets.filter(offset => bad === undefined || offset < bad));
      const failures = bad === undefined ? [] : [{ itemIdentifier: { partition: 'click-0', offset: bad } }];
      return { outcome: 'done', response: JSON.stringify({ batchItemFailures: failures }) };
    };
    await world.run(trigger);
    expect(handled).toEqual(numbers(0, 1_000).filter(offset => offset !== 617));
    expect(world.sent.map(({ metadata }) => JSON.parse(metadata).KafkaBatchInfo.recordsInfo)).toEqual([
      { 'click-0': expect.objectContaining({ firstRecordOffset: '617', lastRecordOffset: '617' }) },
    ]);
  });

  it('is not blamed for being throttled', async () => {
    const { world, trigger } = await triggered(2, { maximumRetryAttempts: 0 });
    world.behave = () => (world.delivered.length < 4 ? { outcome: 'throttled' } : done);
    expect((await world.run(trigger)).end).toBe('idle');
    expect(world.delivered).toHaveLength(4);
    expect(world.sent).toEqual([]);
  });
});

describe('records that cannot be delivered', () => {
  it('go to the destination where they are too old', async () => {
    const world = new TriggerWorld();
    await world.topic();
    const now = world.stores.clock.now();
    await world.produce(['old', 'old too'], { timestamp: now - 120_000 });
    await world.produce(['new']);
    const trigger = await world.create({ maximumRecordAgeMs: 60_000, onFailure: 's3://bucket' });
    await world.run(trigger);
    expect(world.delivered.map(({ values: delivered }) => delivered)).toEqual([['new']]);
    expect(world.sent.map(({ metadata }) => JSON.parse(metadata).requestContext.condition)).toEqual([
      'RecordAgeExceeded',
    ]);
  });

  it('go to the destination where no event can hold them', async () => {
    const world = new TriggerWorld();
    await world.topic();
    await world.produce(['small', 'x'.repeat(2_000), 'small too']);
    const trigger = await world
      .create({ batchBytes: 1_024, onFailure: 'kafka://failed' as string })
      .catch(error => error);
    expect(trigger).toMatchObject({ code: 'UNKNOWN_TOPIC' });
    await world.topic('failed');
    const made = await world.create({ batchBytes: 1_024, onFailure: 'kafka://failed' });
    await world.run(made);
    expect(world.delivered.flatMap(({ values: delivered }) => delivered)).toEqual(['small', 'small too']);
    const { batches } = await world.services.logs
      .of({ topicId: (await world.services.topics.read('failed')).topicId, partition: 0 })
      .reader.read({ offset: 0, maxBytes: 1_000_000 });
    expect(batches).toHaveLength(1);
  });
});

describe('a runner that dies', () => {
  it('leaves its partition to another once its lease has ended, which delivers its records one by one', async () => {
    const { world, trigger } = await triggered(3);
    world.behave = () => new Promise(() => {});
    const request = await world.request(trigger);
    void runPartition(world.services, request, FAR);
    await world.stores.clock.advance(1_000);
    world.behave = () => done;
    const other = world.newWorker();
    expect((await world.run(trigger, { worker: other })).end).toBe('held');
    await world.stores.clock.advance(90_000);
    expect((await world.run(trigger, { worker: other })).end).toBe('idle');
    expect(world.delivered.map(({ offsets }) => offsets)).toEqual([[0, 1, 2], [0], [1], [2]]);
  });

  it('with the same record again and again has that record given up', async () => {
    const { world, trigger } = await triggered(3, { maximumRetryAttempts: 5, onFailure: 's3://bucket' });
    const handled: number[] = [];
    world.behave = ({ offsets }) => {
      if (offsets.includes(1)) return new Promise(() => {});
      handled.push(...offsets);
      return done;
    };
    const request = await world.request(trigger);
    for (let deaths = 0; deaths < 4; deaths++) {
      void runPartition(world.newWorker().services, request, FAR);
      await world.stores.clock.advance(91_000);
    }
    expect(world.sent).toEqual([]);
    await world.run(trigger, { worker: world.newWorker() });
    expect(handled).toEqual([0, 2]);
    expect(
      world.sent.map(({ metadata }) => JSON.parse(metadata).KafkaBatchInfo.recordsInfo['click-0'].firstRecordOffset),
    ).toEqual(['1']);
  });

  it('with a record that is compacted away since has the next one delivered all the same', async () => {
    const { world, trigger } = await triggered(3, { maximumRetryAttempts: 5, onFailure: 's3://bucket' });
    world.behave = () => new Promise(() => {});
    const request = await world.request(trigger);
    for (let deaths = 0; deaths < 4; deaths++) {
      void runPartition(world.newWorker().services, request, FAR);
      await world.stores.clock.advance(91_000);
    }
    await deleteRecords(world.newWorker().services, { topic: 'click', partition: 0, beforeOffset: 1 });
    world.behave = () => done;
    world.delivered.length = 0;
    await world.run(trigger, { worker: world.newWorker() });
    expect(world.delivered.flatMap(({ offsets }) => offsets)).toEqual([1, 2]);
    expect(world.sent).toEqual([]);
  });

  it('and comes back finds its partition taken, and writes nothing', async () => {
    const { world, trigger } = await triggered(3);
    let answer: (() => void) | undefined;
    world.behave = () => new Promise(resolve => (answer = () => resolve(done)));
    const stale = runPartition(world.services, await world.request(trigger), FAR);
    await world.stores.clock.advance(91_000);
    world.behave = ({ offsets }) => (offsets[0] === 0 ? done : failed);
    const other = world.newWorker();
    void runPartition(other.services, await world.request(trigger), FAR);
    await world.stores.clock.advance(100);
    expect(await world.offset(trigger)).toBe(1);
    answer?.();
    expect((await stale).end).toBe('fenced');
    expect(await world.offset(trigger)).toBe(1);
  });
});

describe('settings that change while a function runs', () => {
  it('do not have it run twice at once, though the timeout is shorter from now on', async () => {
    const { world, trigger } = await triggered(3, { functionTimeoutMs: 600_000 });
    world.behave = () => new Promise(() => {});
    void runPartition(world.services, await world.request(trigger), FAR);
    await world.stores.clock.advance(1_000);
    await updateTrigger(world.services, trigger.name, { functionTimeoutMs: 1_000 });
    expect((await world.run(trigger, { worker: world.newWorker() })).end).toBe('held');
    expect(world.delivered).toHaveLength(1);
  });
});

describe('a store that fails', () => {
  it('for a while keeps nothing from being delivered', async () => {
    const { world, trigger } = await triggered(3);
    for (let times = 0; times < 3; times++) world.worker.faults.next('query', throttled);
    expect((await world.run(trigger)).end).toBe('idle');
    expect(world.delivered).toHaveLength(1);
  });

  it('loses the reply of the write before an event: it is sent all the same', async () => {
    const { world, trigger } = await triggered(3);
    const request = await world.request(trigger);
    world.worker.faults.next('replace', replyLost);
    const running = runPartition(world.services, request, FAR);
    await world.stores.clock.advance(5_000);
    expect((await running).end).toBe('idle');
    expect(world.delivered).toHaveLength(1);
  });
});
