/** A store that fails once, at each call of a runner in turn: the run goes on, and no record is delivered twice for it. */
import { describe, expect, it } from 'vitest';
import { type Intercept, replyLost, requestLost, throttled } from '../../lib/adapters/memory/faults.ts';
import { deadlineIn } from '../../lib/log/deadline.ts';
import type { RunRequest } from '../../lib/ports/runner-starter.ts';
import { startDue } from '../../lib/triggers/dispatch.ts';
import { runPartition } from '../../lib/triggers/run-partition.ts';
import { drive } from '../support/drive.ts';
import { FAR } from '../support/far-deadline.ts';
import { Ledger } from './ledger.ts';
import { done, failed, TriggerWorld } from './world.ts';

const RECORDS = 7;
const POISONED = 4;

async function prepare() {
  const world = new TriggerWorld();
  const ledger = new Ledger();
  await world.topic();
  await world.produce(Array.from({ length: RECORDS }, (_, offset) => String(offset)));
  world.behave = delivered => {
    ledger.begin(delivered);
    if (delivered.offsets.includes(POISONED)) return failed;
    ledger.handle(delivered.offsets);
    return done;
  };
  world.send = batch => ledger.giveUp(batch);
  const settings = { batchSize: 2, bisectsOnError: true, maximumRetryAttempts: 1, onFailure: 's3://failed' };
  return { world, ledger, trigger: await world.create(settings) };
}

const dueOf = ({ stores }: TriggerWorld) => stores.cluster.all().filter(({ pk }) => pk === 'trigger-due');

const faults: readonly (readonly [string, Intercept])[] = [
  ['throttles', throttled],
  ['loses a request', requestLost],
  ['loses a reply', replyLost],
];

describe.each(faults)('a store that %s', (_name, fault) => {
  it('once, at any call, keeps nothing from being delivered once', async () => {
    for (let call = 0; ; call++) {
      const { world, ledger, trigger } = await prepare();
      const { services, faults: plan } = world.newWorker();
      let left = call;
      let isOver = true;
      plan.intercept = (each, apply) => {
        if (left-- !== 0) return apply();
        isOver = false;
        return fault(each, apply);
      };
      const run = runPartition(services, await world.request(trigger), FAR);
      const { end } = await drive(world.stores.clock, run);
      expect([call, end, ledger.handled, ledger.givenUp, ledger.skipped]).toEqual([
        call,
        'idle',
        [0, 1, 2, 3, 5, 6],
        [POISONED],
        [],
      ]);
      expect([call, dueOf(world)]).toEqual([call, []]);
      if (isOver) return expect(call).toBeGreaterThan(15);
    }
  });
});

describe('a store that is gone for a minute', () => {
  it('while a function runs does not have it run again', async () => {
    const { world, ledger, trigger } = await prepare();
    const { services, faults: plan } = world.newWorker();
    const { behave } = world;
    let until = 0;
    world.behave = (delivered, call) => {
      if (until === 0) until = world.stores.clock.now() + 60_000;
      return behave(delivered, call);
    };
    plan.intercept = (each, apply) => (world.stores.clock.now() < until ? throttled(each, apply) : apply());
    const { end } = await drive(world.stores.clock, runPartition(services, await world.request(trigger), FAR));
    expect([end, ledger.handled, ledger.givenUp]).toEqual(['idle', [0, 1, 2, 3, 5, 6], [POISONED]]);
  });

  it('and for longer than the runner has time, leaves what it did to another', async () => {
    const { world, ledger, trigger } = await prepare();
    const { services, faults: plan } = world.newWorker();
    const { behave } = world;
    world.behave = (delivered, call) => {
      plan.intercept = throttled;
      return behave(delivered, call);
    };
    const deadline = deadlineIn(services.clock, 14 * 60_000);
    const run = runPartition(services, await world.request(trigger), deadline);
    await expect(drive(world.stores.clock, run)).rejects.toMatchObject({ code: 'THROTTLED' });
    expect(ledger.handled).toEqual([0, 1]);
    world.behave = behave;
    await startDue(world.newWorker().services, FAR);
    expect(world.started.at(-1)).toMatchObject(await world.request(trigger));
    await world.runRequest(world.started.at(-1) as RunRequest, { worker: world.newWorker() });
    expect(dueOf(world)).toEqual([]);
    expect(ledger.handled).toEqual([0, 1, 0, 1, 2, 3, 5, 6]);
    expect(ledger.skipped).toEqual([]);
  });
});
