/**
 * Making, changing and taking away a trigger, killed at any call and repeated, and two at once: nothing is left that blocks a name or
 * a group for ever.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Intercept, replyLost, requestLost, throttled } from '../../lib/adapters/memory/faults.ts';
import { openGroup } from '../../lib/groups/group.ts';
import { headFromItem } from '../../lib/groups/items.ts';
import { MillraceError } from '../../lib/protocol/errors.ts';
import { createTrigger } from '../../lib/triggers/create-trigger.ts';
import { deleteTrigger } from '../../lib/triggers/delete-trigger.ts';
import { sweepTriggers } from '../../lib/triggers/dispatch.ts';
import { resetTrigger } from '../../lib/triggers/reset-trigger.ts';
import type { RunnerServices } from '../../lib/triggers/services.ts';
import { triggerSettings } from '../../lib/triggers/settings.ts';
import { listTriggers, readTrigger } from '../../lib/triggers/trigger-store.ts';
import { updateTrigger } from '../../lib/triggers/update-trigger.ts';
import { Interleaver } from '../groups/interleaver.ts';
import { drive } from '../support/drive.ts';
import { FAR } from '../support/far-deadline.ts';
import { Kill } from '../support/kill.ts';
import { done, TriggerWorld } from './world.ts';

const HOUR = 3_600_000;

const wanted = (groupId = 'counts', name = 'count') => ({
  name,
  topics: ['click'],
  groupId,
  startingPosition: 'LATEST' as const,
  ...triggerSettings({ function: 'f' }),
});

type Operation = (services: RunnerServices) => Promise<unknown>;

const create =
  (groupId?: string): Operation =>
  services =>
    createTrigger(services, wanted(groupId));
const remove: Operation = services => deleteTrigger(services, 'count');
const pause: Operation = services => updateTrigger(services, 'count', { isEnabled: false });
const resume: Operation = services => updateTrigger(services, 'count', { isEnabled: true, batchSize: 7 });
const reset: Operation = services =>
  resetTrigger(services, { name: 'count', partitions: [{ topic: 'click', partition: 0 }], to: { kind: 'earliest' } });

/** An error that tells the caller what is the matter. */
const refused = (error: unknown): unknown => {
  if (error instanceof MillraceError) return error;
  throw error;
};

async function worldOf(...before: readonly Operation[]): Promise<TriggerWorld> {
  const world = new TriggerWorld();
  await world.topic('click', 2);
  await world.produce(['old']);
  for (const operation of before) await operation(world.services);
  return world;
}

/** Runs what was left to the look at everything. */
async function sweep(world: TriggerWorld): Promise<void> {
  const { failures } = await sweepTriggers(world.newWorker().services, FAR);
  expect(failures).toEqual([]);
}

/** What does not fit together, once nothing is under way any more. */
async function contradictions({ stores, services }: TriggerWorld): Promise<readonly string[]> {
  const triggers = await listTriggers(services);
  const heads = stores.cluster
    .all()
    .filter(({ pk }) => pk === 'group')
    .map(item => ({ groupId: item.sk, head: headFromItem(item) }));
  const forgotten = heads.flatMap(({ groupId, head }) => {
    if (!head.trigger) return [];
    const owner = triggers.find(({ triggerId }) => triggerId === head.trigger?.triggerId);
    return owner?.groupId === groupId ? [] : [`group ${groupId} is that of a trigger that is not there`];
  });
  const without = triggers.flatMap(({ triggerId, name, groupId, phase, life }) => {
    if (phase !== 'live') return [`trigger ${name} is ${phase}`];
    const head = heads.find(each => each.groupId === groupId)?.head;
    return head?.trigger?.triggerId === triggerId && head.life === life ? [] : [`trigger ${name} has no group`];
  });
  return [...forgotten, ...without];
}

/** Whether anybody may have the name and the group; takes both. */
async function takeAgain(world: TriggerWorld): Promise<void> {
  for (const { name } of await listTriggers(world.services)) await deleteTrigger(world.services, name);
  const trigger = await createTrigger(world.services, { ...wanted(), startingPosition: 'TRIM_HORIZON' });
  world.delivered.length = 0;
  world.behave = () => done;
  await world.run(trigger, { worker: world.newWorker() });
  await world.produce(['new']);
  await world.run(trigger, { worker: world.newWorker() });
  expect(world.delivered.at(-1)?.values).toEqual(['new']);
  expect(await contradictions(world)).toEqual([]);
}

async function killedAt(world: TriggerWorld, operation: Operation, kill: Kill): Promise<boolean> {
  const { services } = world.newWorker({}, kill.pass);
  await drive(world.stores.clock, Promise.race([kill.happened, operation(services)]));
  return kill.isDead;
}

const operations: Readonly<Record<string, { readonly before: readonly Operation[]; readonly operation: Operation }>> = {
  creating: { before: [], operation: create() },
  deleting: { before: [create()], operation: remove },
  pausing: { before: [create()], operation: pause },
  resuming: { before: [create(), pause], operation: resume },
  resetting: { before: [create(), pause], operation: reset },
};

describe.each(Object.entries(operations))('%s a trigger, killed at any call', (_name, { before, operation }) => {
  it.each([false, true])('(applied: %s) and repeated ends as if nothing had happened', async applied => {
    for (let call = 0; ; call++) {
      const world = await worldOf(...before);
      const isDead = await killedAt(world, operation, new Kill({ call, applied }));
      await operation(world.services).catch(refused);
      await takeAgain(world);
      if (!isDead) return expect(call).toBeGreaterThan(1);
    }
  });

  it.each([false, true])('(applied: %s) leaves nothing that the look at everything does not end', async applied => {
    for (let call = 0; ; call++) {
      const world = await worldOf(...before);
      const isDead = await killedAt(world, operation, new Kill({ call, applied }));
      await world.stores.clock.advance(HOUR);
      await sweep(world);
      expect([call, await contradictions(world)]).toEqual([call, []]);
      if ((await listTriggers(world.services)).length === 0) await openGroup(world.services, 'counts');
      await takeAgain(world);
      if (!isDead) return;
    }
  });
});

describe('a trigger that is made', () => {
  it('while its maker stood still does not come to life in place of one that was made since', async () => {
    const world = await worldOf();
    const frozen = world.newWorker();
    let thaw: (() => void) | undefined;
    let replaces = 0;
    frozen.faults.intercept = async (call, apply) => {
      // of its trigger, when all else is done
      const isLast = call.operation === 'replace' && ++replaces === 2;
      if (isLast) await new Promise<void>(resolve => (thaw = resolve));
      return apply();
    };
    const making = createTrigger(frozen.services, wanted('old'));
    making.catch(() => undefined);
    await world.stores.clock.advance(1);
    await remove(world.services);
    const other = world.newWorker();
    other.faults.intercept = async (call, apply) => {
      // the new one is made, and does not live yet
      if (call.operation === 'create' && call.key.startsWith('group new')) {
        thaw?.();
        await making.catch(() => undefined);
      }
      return apply();
    };
    const next = await createTrigger(other.services, wanted('new'));
    await expect(making).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect((await readTrigger(world.services, 'count')).triggerId).toBe(next.triggerId);
    expect(await contradictions(world)).toEqual([]);
  });
});

interface Failing {
  readonly call: number;
  readonly fault: Intercept;
}

/** What an operation answers of which one call fails, and whether it ended before that call. */
async function failingAt(world: TriggerWorld, operation: Operation, { call, fault }: Failing) {
  const { services, faults } = world.newWorker();
  let left = call;
  faults.intercept = (each, apply) => (left-- === 0 ? fault(each, apply) : apply());
  const result = await drive(world.stores.clock, operation(services).catch(refused));
  return { result, isOver: left >= 0 };
}

describe.each([
  ['refuses', throttled],
  ['loses a reply', replyLost],
  ['loses a request', requestLost],
] as const)('a store that %s once, at any call', (_name, fault) => {
  const { deleting: _, ...others } = operations;

  it('of deleting, has it done, or to be repeated', async () => {
    for (let call = 0; ; call++) {
      const world = await worldOf(create());
      const { result, isOver } = await failingAt(world, remove, { call, fault });
      if (result instanceof MillraceError) {
        expect([call, result.retriable]).toEqual([call, true]);
        await remove(world.services);
      }
      expect(await listTriggers(world.services)).toEqual([]);
      expect(await contradictions(world)).toEqual([]);
      await takeAgain(world);
      if (isOver) return;
    }
  });

  it.each(Object.entries(others))('of %s, has it done, or undone and refused', async (_operation, tried) => {
    for (let call = 0; ; call++) {
      const world = await worldOf(...tried.before);
      const before = await listTriggers(world.services);
      const { result, isOver } = await failingAt(world, tried.operation, { call, fault });
      expect(await contradictions(world)).toEqual([]);
      const after = await listTriggers(world.services);
      const isChanged = after.length !== before.length || after[0]?.version !== before[0]?.version;
      if (result instanceof MillraceError) expect([call, isChanged, result.retriable]).toEqual([call, false, true]);
      else if (tried.operation !== reset) expect([call, isChanged]).toEqual([call, true]);
      await takeAgain(world);
      if (isOver) return;
    }
  });
});

describe('two at once', () => {
  const pairs: Readonly<
    Record<string, { readonly before?: readonly Operation[]; readonly both: readonly Operation[] }>
  > = {
    'making the same': { both: [create(), create()] },
    'making one in two groups': { both: [create('a'), create('b')] },
    'making two in one group': { both: [create(), services => createTrigger(services, wanted('counts', 'other'))] },
    'making and deleting': { both: [create(), remove] },
    'making, and deleting and making': {
      both: [create('a'), async services => remove(services).then(() => create('b')(services))],
    },
    'deleting twice, and making': {
      before: [create('a')],
      both: [remove, async services => remove(services).then(() => create('b')(services))],
    },
    'changing, and deleting and making': {
      before: [create('a')],
      both: [pause, async services => remove(services).then(() => create('b')(services))],
    },
    'pausing and resuming': { before: [create()], both: [pause, resume] },
    'resetting and deleting': { before: [create(), pause], both: [reset, remove] },
  };

  it.each(Object.entries(pairs))(
    '%s, in any order of their calls, leave what fits together',
    async (_name, { before = [], both }) => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.nat(7), { minLength: 10, maxLength: 60 }), async picks => {
          const world = await worldOf(...before);
          const interleaver = new Interleaver();
          const running = both.map(operation => {
            const worker = world.newWorker();
            worker.faults.intercept = interleaver.intercept;
            return operation(worker.services).catch(refused);
          });
          await interleaver.releaseAll(picks);
          await Promise.all(running);
          expect(await contradictions(world)).toEqual([]);
          await takeAgain(world);
        }),
        { numRuns: 60 },
      );
    },
  );

  it('one of whom dies at any call leave nothing that the look at everything does not end', async () => {
    const picks = fc.array(fc.nat(7), { minLength: 10, maxLength: 60 });
    const death = fc.record({ call: fc.nat(20), applied: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(picks, death, async (picked, dying) => {
        const world = await worldOf();
        const interleaver = new Interleaver();
        const kill = new Kill(dying);
        const maker = world.newWorker();
        maker.faults.intercept = (call, apply) => interleaver.intercept(call, () => kill.pass(apply));
        const remover = world.newWorker();
        remover.faults.intercept = interleaver.intercept;
        const making = create()(maker.services).catch(refused);
        const removing = remove(remover.services).catch(refused);
        await interleaver.releaseAll(picked);
        await Promise.all([Promise.race([making, kill.happened]), removing]);
        await world.stores.clock.advance(HOUR);
        await sweep(world);
        expect(await contradictions(world)).toEqual([]);
        await takeAgain(world);
      }),
      { numRuns: 150 },
    );
  });
});
