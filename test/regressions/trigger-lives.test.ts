/** Faults of triggers that the simulator found, each with its story. */
import { describe, expect, it } from 'vitest';
import { delayed, throttled } from '../../lib/adapters/memory/faults.ts';
import { openGroup } from '../../lib/groups/group.ts';
import { deadlineIn } from '../../lib/log/deadline.ts';
import { createTrigger } from '../../lib/triggers/create-trigger.ts';
import { deleteTrigger } from '../../lib/triggers/delete-trigger.ts';
import { sweepTriggers } from '../../lib/triggers/dispatch.ts';
import { triggerSettings } from '../../lib/triggers/settings.ts';
import { findTrigger } from '../../lib/triggers/trigger-store.ts';
import { updateTrigger } from '../../lib/triggers/update-trigger.ts';
import { drive } from '../support/drive.ts';
import { TriggerWorld } from '../triggers/world.ts';

const MINUTE = 60_000;

const wanted = {
  name: 'count',
  topics: ['click'],
  groupId: 'count',
  startingPosition: 'TRIM_HORIZON',
  ...triggerSettings({ function: 'f' }),
} as const;

async function worldWithTopic() {
  const world = new TriggerWorld();
  await world.topic();
  return { world, others: world.newWorker().services };
}

describe('a group whose trigger was taken away while it was made', () => {
  /** Whoever made the trigger stood still before it took the group, and took it when the trigger was long gone: it was nobody's for ever. */
  it('is free again where its maker lives', async () => {
    const { world, others } = await worldWithTopic();
    world.worker.faults.next(
      'replace',
      delayed(() => deleteTrigger(others, 'count')),
    );
    await expect(world.create()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect((await openGroup(others, 'count')).head.trigger).toBeUndefined();
  });

  it.each([
    ['is taken by the next trigger', () => undefined],
    [
      'is free after the next sweep',
      async (world: TriggerWorld) => {
        await sweepTriggers(world.services, deadlineIn(world.stores.clock, MINUTE));
        expect((await openGroup(world.services, 'count')).head.trigger).toBeUndefined();
      },
    ],
  ])('%s where its maker has died', async (_title, before) => {
    const { world, others } = await worldWithTopic();
    const maker = world.newWorker();
    const died = new Promise<void>(resolve => {
      maker.faults.next('replace', async (_call, apply) => {
        await deleteTrigger(others, 'count');
        await apply();
        resolve();
        return new Promise(() => {});
      });
    });
    void createTrigger(maker.services, wanted);
    await died;
    await expect(openGroup(others, 'count')).rejects.toMatchObject({ code: 'GROUP_OF_TRIGGER' });
    await before(world);
    expect((await createTrigger(others, { ...wanted, name: 'another' })).phase).toBe('live');
  });
});

describe('a deletion that stands still', () => {
  /** The versions of a trigger began anew with the next of its name: by chance one was that which the deletion had read. */
  it('takes nothing away that was made meanwhile, whatever its version', async () => {
    const { world, others } = await worldWithTopic();
    await world.create();
    // before it gives the group back; by then it has marked the trigger, whose version is 3
    world.worker.faults.next(
      'replace',
      delayed(async () => {
        world.worker.faults.next(
          'replace',
          delayed(async () => {
            await deleteTrigger(others, 'count');
            await createTrigger(others, wanted);
            await updateTrigger(others, 'count', { batchSize: 7 });
          }),
        );
      }),
    );
    await deleteTrigger(world.services, 'count');
    expect(await findTrigger(others, 'count')).toMatchObject({ phase: 'live', batchSize: 7 });
  });
});

describe('a trigger that was made, or goes on', () => {
  /** A moment in which the store was throttled left all of its partitions to the look at everything, an hour later. */
  it('is started although the store is throttled for a moment', async () => {
    const { world } = await worldWithTopic();
    await world.produce(['0']);
    await world.create();
    await updateTrigger(world.services, 'count', { isEnabled: false });
    world.started.length = 0;
    for (let time = 0; time < 2; time++) world.worker.faults.next('query', throttled);
    await drive(world.stores.clock, updateTrigger(world.services, 'count', { isEnabled: true }));
    expect(world.started).toHaveLength(1);
  });
});

describe('a runner that stands still', () => {
  /** It looked at its lease after the first write of an event, and not after the one that was to renew it. */
  it('twice, while it notes an event, sends it only with a lease that outlasts it', async () => {
    const { world } = await worldWithTopic();
    await world.produce(['0', '1']);
    const trigger = await world.create({ batchSize: 1 });
    const other = world.newWorker();
    const standStill = async () => void (await world.stores.clock.advance(10 * MINUTE));
    const events: string[] = [];
    world.behave = ({ values }) => {
      events.push(...values.map(String));
      return { outcome: 'done', response: 'null' };
    };
    // the answers come late, to the first write and to the second; then another has the partition
    const { faults } = world.worker;
    faults.next('create', async (_call, apply) => apply());
    faults.next('create', async (_call, apply) => {
      const answer = await apply();
      await standStill();
      faults.next('replace', async (_again, applyAgain) => {
        const renewed = await applyAgain();
        await standStill();
        await world.run(trigger, { worker: other });
        return renewed;
      });
      return answer;
    });
    expect((await world.run(trigger)).end).toBe('fenced');
    expect(events).toEqual(['0', '1']);
  });
});
