import { describe, expect, it } from 'vitest';
import { checkNames, ensureTrigger, parseTrigger } from '../../lib/embedded/local-trigger.ts';
import { readGroup } from '../../lib/groups/group.ts';
import { readTrigger } from '../../lib/triggers/trigger-store.ts';
import { updateTrigger } from '../../lib/triggers/update-trigger.ts';
import { drive } from '../support/drive.ts';
import { Kill } from '../support/kill.ts';
import { TriggerWorld } from '../triggers/world.ts';

const parse = (text: string) => parseTrigger(text, '/work/app');

describe('--trigger', () => {
  it.each([
    ['click=./handler.ts', 'click-handler', 'file:///work/app/handler.ts'],
    ['click=handler.ts', 'click-handler', 'file:///work/app/handler.ts'],
    ['click=../b/counts.test.ts', 'click-counts.test', 'file:///work/b/counts.test.ts'],
    ['click=/abs/handler.mjs', 'click-handler', 'file:///abs/handler.mjs'],
    ['click=./handler.ts#count', 'click-handler-count', 'file:///work/app/handler.ts#count'],
    ['click=./a b=c%20.ts', 'click-a-b-c-20', 'file:///work/app/a%20b=c%2520.ts'],
    ['click=http://127.0.0.1:3000', 'click-127.0.0.1-3000', 'http://127.0.0.1:3000'],
    ['click=https://example.org/a/b?c=d', 'click-example.org-a-b', 'https://example.org/a/b?c=d'],
  ])('%s is trigger %s of %s', (text, name, target) => {
    expect(parse(text)).toEqual({ name, topic: 'click', function: target });
  });

  it.each([
    ['', 'expected <topic>=<path of a module, or a URL>'],
    ['click', 'expected <topic>=<path of a module, or a URL>'],
    ['click=', 'expected <topic>=<path of a module, or a URL>'],
    ['=./handler.ts', 'expected <topic>=<path of a module, or a URL>'],
    ['a/b=./handler.ts', 'INVALID_TOPIC_EXCEPTION'],
    ['click=http://', 'is no URL'],
    ['click=./handler.ts#%', 'expected a file: URL'],
  ])('%j is refused, and says what is expected', (text, reason) => {
    expect(() => parse(text)).toThrow(reason);
  });

  it('may be given for several topics and functions, each with a name of its own', () => {
    const texts = ['click=./a.ts', 'view=./a.ts', 'click=./b.ts', 'click=./a.ts#two'];
    expect(() => checkNames(texts.map(parse))).not.toThrow();
  });

  it.each([
    [['click=./a/handler.ts', 'click=./b/handler.ts']],
    [['click=./handler.ts', 'click=./handler.ts']],
    [['click=http://localhost:1/f', 'click=http://localhost:1/f?x']],
  ])('may not be given twice with one name: %j', texts => {
    expect(() => checkNames(texts.map(parse))).toThrow(/would both be trigger click-/);
  });
});

describe('a trigger that is given with the command', () => {
  const given = parse('click=./handler.ts');
  const moved = { ...given, function: 'file:///elsewhere/handler.ts' };

  it('is made before its topic is, and reads that from its first record', async () => {
    const world = new TriggerWorld();
    await ensureTrigger(world.services, given);
    const trigger = await readTrigger(world.services, given.name);
    expect(trigger).toMatchObject({ function: given.function, topics: ['click'], startingPosition: 'TRIM_HORIZON' });
    await world.topic();
    await world.produce(['first']);
    await world.run(trigger, { worker: world.newWorker() });
    expect(world.delivered.map(({ values }) => values)).toEqual([['first']]);
  });

  it('that is there already goes on where it was, with this function, and runs', async () => {
    const world = new TriggerWorld();
    await world.topic();
    await ensureTrigger(world.services, given);
    const before = await readTrigger(world.services, given.name);
    await updateTrigger(world.services, given.name, { isEnabled: false, batchSize: 7 });
    await ensureTrigger(world.services, moved);
    const { triggerId, function: target, batchSize, isEnabled } = await readTrigger(world.services, given.name);
    expect([triggerId, target, batchSize, isEnabled]).toEqual([before.triggerId, moved.function, 7, true]);
  });

  it.each([false, true])(
    'whose server was killed as it made it, at any call (applied: %s), is made at the next start',
    async applied => {
      for (let call = 0; ; call++) {
        const world = new TriggerWorld();
        await world.topic();
        const kill = new Kill({ call, applied });
        const dying = world.newWorker({}, kill.pass);
        await drive(world.stores.clock, Promise.race([kill.happened, ensureTrigger(dying.services, given)]));
        const began = world.stores.clock.now();
        await drive(world.stores.clock, ensureTrigger(world.services, moved));
        expect(world.stores.clock.now() - began).toBeLessThan(5_000);
        const trigger = await readTrigger(world.services, given.name);
        expect(trigger).toMatchObject({ phase: 'live', isEnabled: true, function: moved.function });
        const group = await readGroup(world.services, trigger.groupId);
        expect(group?.head).toMatchObject({ life: trigger.life, trigger: { triggerId: trigger.triggerId } });
        if (!kill.isDead) return expect(call).toBeGreaterThan(5);
      }
    },
  );

  it('by several servers at once is made once', async () => {
    const world = new TriggerWorld();
    const workers = [1, 2, 3].map(() => world.newWorker());
    await drive(world.stores.clock, Promise.all(workers.map(({ services }) => ensureTrigger(services, given))));
    expect((await readTrigger(world.services, given.name)).phase).toBe('live');
  });

  it('in a group that others read is refused', async () => {
    const world = new TriggerWorld();
    await world.create({ name: 'other', groupId: given.name, topics: ['click'] }).catch(() => undefined);
    await world.topic();
    await world.create({ name: 'other', groupId: given.name });
    await expect(ensureTrigger(world.services, given)).rejects.toMatchObject({ code: 'GROUP_OF_TRIGGER' });
  });
});
