import { describe, expect, it } from 'vitest';
import type { TriggerIdentity } from '../../lib/triggers/cells.ts';
import { type DeclaredTrigger, declareTrigger, withdrawTrigger } from '../../lib/triggers/declare-trigger.ts';
import { deleteTrigger } from '../../lib/triggers/delete-trigger.ts';
import { triggerSettings } from '../../lib/triggers/settings.ts';
import { listTriggers, readTrigger } from '../../lib/triggers/trigger-store.ts';
import { atEveryCall, killed } from '../support/killed-worker.ts';
import { TriggerWorld } from './world.ts';

const declaredBy = 'stack/Count';

const wanted = ({ identity = {}, settings = {}, ...more }: WantedParts = {}): DeclaredTrigger => ({
  name: 'count',
  declaredBy,
  identity: { topics: ['click'], groupId: 'counts', startingPosition: 'TRIM_HORIZON', ...identity },
  settings: triggerSettings({ function: 'f', ...settings }),
  ...more,
});

interface WantedParts extends Partial<Omit<DeclaredTrigger, 'identity' | 'settings'>> {
  readonly identity?: Partial<TriggerIdentity>;
  readonly settings?: Partial<DeclaredTrigger['settings']>;
}

async function worldWith(values: readonly string[] = []): Promise<TriggerWorld> {
  const world = new TriggerWorld();
  await world.topic('click');
  await world.topic('upload');
  await world.topic('failed');
  if (values.length > 0) await world.produce(values);
  return world;
}

describe('declaring a trigger', () => {
  it('makes one that is not there, and starts it', async () => {
    const world = await worldWith(['a']);
    const { triggerId } = await declareTrigger(world.services, wanted());
    expect(await readTrigger(world.services, 'count')).toMatchObject({ phase: 'live', declaredBy, groupId: 'counts' });
    expect(world.started).toMatchObject([{ triggerId }]);
  });

  it('again leaves it as it is', async () => {
    const { services } = await worldWith();
    const { triggerId } = await declareTrigger(services, wanted());
    expect((await declareTrigger(services, wanted())).triggerId).toBe(triggerId);
    expect(await listTriggers(services)).toHaveLength(1);
  });

  it.each([false, true])('is finished by the next try when it was killed at any call (applied: %s)', async applied => {
    const latest = wanted({ identity: { startingPosition: 'LATEST' } });
    const calls = await atEveryCall(applied, async death => {
      const world = await worldWith(['a']);
      const isKilled = await killed(world.newWorker(), death, services => declareTrigger(services, latest));
      await declareTrigger(world.newWorker().services, latest);
      expect(await listTriggers(world.services)).toMatchObject([{ name: 'count', phase: 'live' }]);
      return isKilled;
    });
    expect(calls).toBeGreaterThan(5);
  });

  it('changes its settings and keeps how far it has come; what is left out has its default again', async () => {
    const world = await worldWith(['a', 'b']);
    const settings = { batchSize: 1, filters: ['{"value":["a"]}'], onFailure: 'kafka://failed', isEnabled: true };
    const first = await declareTrigger(world.services, wanted({ settings }));
    await world.run(first);
    const changed = await declareTrigger(world.services, wanted({ settings: { function: 'g' } }));
    expect(changed).toMatchObject({ triggerId: first.triggerId, function: 'g', batchSize: 100, filters: [] });
    expect(changed.onFailure).toBeUndefined();
    expect(await world.offset(changed)).toBe(2);
  });

  it.each([
    { topics: ['click', 'upload'] },
    { startingPosition: 'LATEST' },
    { startingPosition: 'AT_TIMESTAMP', startingTimestamp: 0 },
  ] as const)('makes it anew with %o, and keeps how far its group has come', async identity => {
    const world = await worldWith(['a', 'b']);
    const first = await declareTrigger(world.services, wanted());
    await world.run(first);
    await world.produce(['c']);
    const second = await declareTrigger(world.services, wanted({ identity }));
    expect(second.triggerId).not.toBe(first.triggerId);
    expect(await listTriggers(world.services)).toHaveLength(1);
    await world.run(second);
    expect(world.delivered.flatMap(({ values }) => values)).toEqual(['a', 'b', 'c']);
  });

  it('makes it anew with another group, which begins where it says', async () => {
    const world = await worldWith(['a']);
    await world.run(await declareTrigger(world.services, wanted()));
    await world.run(await declareTrigger(world.services, wanted({ identity: { groupId: 'others' } })));
    expect(world.delivered.flatMap(({ values }) => values)).toEqual(['a', 'a']);
  });

  it.each([false, true])(
    'is made anew by the next try when that was killed at any call (applied: %s)',
    async applied => {
      const other = wanted({ identity: { topics: ['click', 'upload'] } });
      const calls = await atEveryCall(applied, async death => {
        const world = await worldWith(['a']);
        await world.run(await declareTrigger(world.services, wanted()));
        const isKilled = await killed(world.newWorker(), death, services => declareTrigger(services, other));
        const second = await declareTrigger(world.newWorker().services, other);
        expect(await listTriggers(world.services)).toMatchObject([{ topics: ['click', 'upload'], phase: 'live' }]);
        expect(await world.offset(second)).toBe(1);
        return isKilled;
      });
      expect(calls).toBeGreaterThan(5);
    },
  );

  it('leaves a trigger alone that somebody created, and one that another declares', async () => {
    const world = await worldWith();
    const { triggerId } = await world.create({ groupId: 'counts' });
    await expect(declareTrigger(world.services, wanted())).rejects.toThrow(/'count' already, and it was not declared/);
    await withdrawTrigger(world.services, wanted());
    expect(await readTrigger(world.services, 'count')).toMatchObject({ triggerId });

    const other = await worldWith();
    await declareTrigger(other.services, wanted({ declaredBy: 'stack/Other' }));
    await expect(declareTrigger(other.services, wanted())).rejects.toThrow(/is declared by stack\/Other/);
  });

  it.each([
    [wanted({ settings: { batchSize: 0 } }), 'INVALID_REQUEST'],
    [wanted({ identity: { topics: ['nowhere'] } }), 'UNKNOWN_TOPIC'],
    [wanted({ settings: { onFailure: 'kafka://nowhere' } }), 'UNKNOWN_TOPIC'],
  ])('refuses what no trigger may be, and leaves nothing', async (bad, code) => {
    const { services } = await worldWith();
    await expect(declareTrigger(services, bad)).rejects.toMatchObject({ code });
    expect(await listTriggers(services)).toEqual([]);
  });
});

describe('withdrawing a trigger', () => {
  it('deletes it, and a second time does nothing', async () => {
    const { services } = await worldWith();
    await declareTrigger(services, wanted());
    await withdrawTrigger(services, wanted());
    await withdrawTrigger(services, wanted());
    expect(await listTriggers(services)).toEqual([]);
  });

  it('leaves the one that was made anew in its place', async () => {
    const { services } = await worldWith();
    await declareTrigger(services, wanted());
    const { triggerId } = await declareTrigger(services, wanted({ identity: { topics: ['upload'] } }));
    await withdrawTrigger(services, wanted());
    expect(await listTriggers(services)).toMatchObject([{ triggerId }]);
  });

  it('takes away what a killed maker has left', async () => {
    await atEveryCall(true, async death => {
      const world = await worldWith();
      const isKilled = await killed(world.newWorker(), death, services => declareTrigger(services, wanted()));
      await withdrawTrigger(world.newWorker().services, wanted());
      expect(await listTriggers(world.services)).toEqual([]);
      return isKilled;
    });
  });

  it('gives its group back', async () => {
    const { services } = await worldWith();
    await declareTrigger(services, wanted());
    await withdrawTrigger(services, wanted());
    await declareTrigger(services, wanted({ name: 'other' }));
    await deleteTrigger(services, 'other');
  });
});
