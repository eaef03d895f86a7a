import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TriggerDispatcher } from '../../lib/embedded/trigger-dispatcher.ts';
import type { Trigger } from '../../lib/triggers/cells.ts';
import { noteDue } from '../../lib/triggers/due.ts';
import { readProgress } from '../../lib/triggers/hold.ts';
import { appendOf } from '../support/batches.ts';
import { FAR } from '../support/far-deadline.ts';
import { done, failed, TriggerWorld } from '../triggers/world.ts';

let world: TriggerWorld;
let trigger: Trigger;
let dispatcher: TriggerDispatcher;
let faults: unknown[];
/** Lets the clock's time pass as it goes, until all is stopped. */
let passing: Promise<void>;
let isOver = false;

beforeEach(async () => {
  world = new TriggerWorld();
  await world.topic('click', 3);
  trigger = await world.create({ batchSize: 2 });
  faults = [];
  dispatcher = newDispatcher();
  isOver = false;
  passing = pass();
});

afterEach(async () => {
  await dispatcher.stop();
  isOver = true;
  await passing;
});

const newDispatcher = (worker = world.worker, longestPauseMs = 3_000) =>
  new TriggerDispatcher({
    services: { ...worker.services, longestPauseMs },
    onFault: error => faults.push(error),
  });

async function pass(): Promise<void> {
  while (!isOver) {
    await setImmediate();
    await world.stores.clock.advance(20);
  }
}

async function until(isSo: () => boolean): Promise<void> {
  for (let looks = 0; !isSo(); looks++) {
    if (looks > 2_000) throw new Error('it never was so');
    await new Promise(resolve => setTimeout(resolve, 1));
  }
}

const delivered = () =>
  world.delivered.flatMap(({ partition, values }) => values.map(value => `${partition}:${value}`));

describe('the dispatcher of one machine', () => {
  it('runs what is behind when it begins, and what is appended since', async () => {
    await world.produce(['a', 'b', 'c']);
    dispatcher.begin();
    await until(() => delivered().length === 3);
    await world.produce(['d'], { partition: 1 });
    await until(() => delivered().length === 4);
    expect(delivered()).toEqual(['0:a', '0:b', '0:c', '1:d']);
    expect(faults).toEqual([]);
  });

  it('finds what another server appended within a second', async () => {
    dispatcher.begin();
    await until(() => world.worker.calls.length > 10);
    // whose own signal nobody hears here
    const { services } = world.newWorker();
    const { topicId } = await world.request(trigger);
    await services.logs.of({ topicId, partition: 2 }).append(appendOf('far'), FAR);
    await until(() => delivered().length === 1);
  });

  it('has one partition that fails keep none of the others', async () => {
    world.behave = ({ partition }) => (partition === 0 ? failed : done);
    for (const partition of [0, 1, 2]) await world.produce(['a'], { partition });
    dispatcher.begin();
    await until(() => delivered().filter(each => each !== '0:a').length === 2);
    expect(delivered()).toContain('1:a');
    expect(delivered()).toContain('2:a');
  });

  it('tells what cannot be run once, and what fails each time', async () => {
    world.behave = () => ({ outcome: 'refused', error: 'there is no file' });
    await world.produce(['a']);
    dispatcher.begin();
    await until(() => world.delivered.length > 6);
    expect(world.failures).toHaveLength(1);
    world.behave = () => failed;
    const before = world.delivered.length;
    await until(() => world.delivered.length > before + 4);
    expect(world.failures.filter(({ error }) => error === 'Error: no').length).toBeGreaterThan(2);
  });

  it('tells a fault that goes on once, and goes on with the others', async () => {
    const worker = world.newWorker();
    const broken = await world.request(trigger, 1);
    worker.faults.intercept = async (call, apply) => {
      if (call.key.includes(`offset/${broken.topicId}/0001`)) throw new Error('damaged');
      return apply();
    };
    await dispatcher.stop();
    dispatcher = newDispatcher(worker);
    for (const partition of [0, 1, 2]) await world.produce(['a'], { partition });
    dispatcher.begin();
    await until(() => delivered().length === 2);
    const began = world.stores.clock.now();
    await until(() => world.stores.clock.now() > began + 10_000);
    expect(delivered().sort()).toEqual(['0:a', '2:a']);
    // the look at everything, which comes first, says so as well
    const what = ['look at', 'start'].map(doing => `Error: could not ${doing} trigger 'count' on click-1`);
    expect(faults.map(String).sort()).toEqual(what);
  });

  it('removes what was noted by a server that died', async () => {
    await noteDue(world.services, await world.request(trigger), 1);
    dispatcher.begin();
    await until(() => !world.stores.cluster.all().some(({ pk }) => pk === 'trigger-due'));
  });
});

describe('a stop of the dispatcher', () => {
  const cellOf = async () => {
    const { topicId } = await world.request(trigger);
    return (await readProgress(world.services, { trigger, topic: 'click', at: { topicId, partition: 0 } })).cell;
  };

  it('does not wait for a function, gives its partition back, and counts nothing against its records', async () => {
    world.behave = () => new Promise(() => {});
    await world.produce(['a', 'b']);
    dispatcher.begin();
    await until(() => world.delivered.length === 1);
    const began = world.stores.clock.now();
    await dispatcher.stop();
    expect(world.stores.clock.now() - began).toBeLessThan(100);
    expect((await cellOf()).run).toMatchObject({ until: 0, unknown: 0, failures: 0, notBefore: 0 });
    expect(world.failures).toEqual([]);
    expect(faults).toEqual([]);
  });

  it('does not wait for a pause between two tries', async () => {
    world.behave = () => failed;
    await world.produce(['a']);
    dispatcher.begin();
    await until(() => world.delivered.length > 5);
    const began = world.stores.clock.now();
    await dispatcher.stop();
    expect(world.stores.clock.now() - began).toBeLessThan(100);
    expect((await cellOf()).run?.until).toBe(0);
  });

  it('starts nothing any more', async () => {
    await dispatcher.stop();
    await world.produce(['a']);
    await dispatcher.start(await world.request(trigger));
    expect(world.delivered).toEqual([]);
  });
});
