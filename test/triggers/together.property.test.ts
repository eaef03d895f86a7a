/**
 * Runners of one partition at once, and the look at what is due beside them, in any order of their calls; one of them may die. No two
 * have the function run at once, no record is skipped, and what a death leaves is taken up within its bound.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { startDue } from '../../lib/triggers/dispatch.ts';
import { leaseMs } from '../../lib/triggers/hold.ts';
import { runPartition } from '../../lib/triggers/run-partition.ts';
import type { RunnerServices } from '../../lib/triggers/services.ts';
import { drive } from '../support/drive.ts';
import { FAR } from '../support/far-deadline.ts';
import { Kill } from '../support/kill.ts';
import { Ledger } from './ledger.ts';
import { done, failed, TriggerWorld } from './world.ts';

const RECORDS = 6;
const POISONED = 3;

type Actor = (services: RunnerServices, world: TriggerWorld) => Promise<unknown>;

interface Cast {
  readonly actors: readonly Actor[];
  /** Of the first. */
  readonly death?: { readonly call: number; readonly applied: boolean };
}

/** Lets all act at once, and then those whom they started, until nothing is left to do. */
async function act(scheduler: fc.Scheduler, { actors, death }: Cast) {
  const world = new TriggerWorld();
  const ledger = new Ledger();
  await world.topic();
  await world.produce(Array.from({ length: RECORDS - 2 }, (_, offset) => String(offset)));
  const trigger = await world.create({
    batchSize: 2,
    maximumRetryAttempts: 0,
    bisectsOnError: true,
    onFailure: 's3://x',
  });
  world.started.length = 0;
  let running = 0;
  let overlaps = 0;
  let isOver = false;
  world.behave = async delivered => {
    ledger.begin(delivered);
    if (running++ > 0) overlaps++;
    if (!isOver) await scheduler.schedule(Promise.resolve(), 'the function');
    running--;
    if (delivered.offsets.includes(POISONED)) return failed;
    ledger.handle(delivered.offsets);
    return done;
  };
  world.send = batch => ledger.giveUp(batch);
  const kill = death && new Kill(death);
  const acting = actors.map(async (actor, index) => {
    const { services } = world.newWorker({}, async apply => {
      await scheduler.schedule(Promise.resolve(), `actor ${index}`);
      return index === 0 && kill ? kill.pass(apply) : apply();
    });
    await (index === 0 && kill ? Promise.race([kill.happened, actor(services, world)]) : actor(services, world));
  });
  await scheduler.waitFor(Promise.all(acting));
  isOver = true;
  return { world, ledger, trigger, overlaps: () => overlaps };
}

const run: Actor = async (services, world) =>
  runPartition(services, { ...(await world.request(await triggerOf(world))) }, FAR);

const look: Actor = async (services, world) => {
  await startDue(services, FAR);
  for (let next = world.started.shift(); next; next = world.started.shift()) await runPartition(services, next, FAR);
};

/** Two more records, and whoever is woken by them. */
const grow: Actor = async (services, world) => {
  await world.produce(['4', '5']);
  await run(services, world);
};

async function triggerOf(world: TriggerWorld) {
  const [item] = world.stores.cluster.all().filter(({ pk }) => pk === 'trigger');
  return { name: item?.sk ?? '', triggerId: String(item?.attributes.triggerId) } as Parameters<
    TriggerWorld['request']
  >[0];
}

const settled = (ledger: Ledger, records = RECORDS) =>
  Array.from({ length: records }, (_, offset) => offset).filter(offset => !ledger.isSettled(offset));

it('two runners and one that is woken deliver each record once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), async scheduler => {
      const { ledger, overlaps } = await act(scheduler, { actors: [run, run, grow] });
      expect([settled(ledger), ledger.skipped, overlaps()]).toEqual([[], [], 0]);
      expect(ledger.handled.toSorted()).toEqual([0, 1, 2, 4, 5]);
      expect(ledger.givenUp).toEqual([POISONED]);
    }),
    { numRuns: 300 },
  );
}, 60_000);

it('one of whom dies at any call is gone on with when its lease is over and what is due was looked at', async () => {
  const death = fc.record({ call: fc.nat(45), applied: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), death, async (scheduler, dying) => {
      const acted = await act(scheduler, { actors: [run, run, grow, look], death: dying });
      const { world, ledger, trigger, overlaps } = acted;
      await world.stores.clock.advance(leaseMs(trigger) + 5 * 60_000);
      const { services } = world.newWorker();
      await startDue(services, FAR);
      for (let next = world.started.shift(); next; next = world.started.shift()) {
        await drive(world.stores.clock, runPartition(services, next, FAR));
      }
      expect([settled(ledger), ledger.skipped, overlaps()]).toEqual([[], [], 0]);
      expect(world.stores.cluster.all().filter(({ pk }) => pk === 'trigger-due')).toEqual([]);
    }),
    { numRuns: 500 },
  );
}, 60_000);
