import { describe, expect, it } from 'vitest';
import { type Intercept, throttled } from '../../lib/adapters/memory/faults.ts';
import { MillraceError } from '../../lib/protocol/errors.ts';
import { limits } from '../../lib/protocol/limits.ts';
import { deleteTrigger } from '../../lib/triggers/delete-trigger.ts';
import { findTrigger, insertTrigger, listTriggers } from '../../lib/triggers/trigger-store.ts';
import { updateTrigger } from '../../lib/triggers/update-trigger.ts';
import { drive } from '../support/drive.ts';
import { TriggerWorld } from './world.ts';

/** Queries that a request makes at most. */
const QUERIES = 20;

const topicsFail: Intercept = (call, apply) => (call.key === 'topic' ? throttled(call, apply) : apply());

async function world() {
  const made = new TriggerWorld();
  await made.topic();
  return made;
}

describe('a trigger', () => {
  it('is made though its runners cannot be started now: the answer is that it is', async () => {
    const made = await world();
    await made.produce(['a']);
    for (let times = 0; times < QUERIES; times++) made.worker.faults.next('query', topicsFail);
    const trigger = await drive(made.stores.clock, made.create());
    expect(trigger.phase).toBe('live');
    expect(made.started).toEqual([]);
    await made.run(trigger);
    expect(made.delivered).toHaveLength(1);
  });

  it('is changed though its runners cannot be started now', async () => {
    const made = await world();
    await made.produce(['a']);
    const { name } = await made.create({ isEnabled: false });
    for (let times = 0; times < QUERIES; times++) made.worker.faults.next('query', topicsFail);
    const updated = await drive(
      made.stores.clock,
      updateTrigger(made.services, name, { isEnabled: true, batchSize: 2 }),
    );
    expect(updated).toMatchObject({ batchSize: 2 });
    expect(await findTrigger(made.services, name)).toMatchObject({ isEnabled: true });
  });

  it('leaves nothing behind where it could not take its group, whatever is wrong with that', async () => {
    const made = await world();
    await made.create({ name: 'first', groupId: 'g' });
    for (const groupId of ['g', '', '.', 'x'.repeat(limits.groupIdLength + 1), '\ud800']) {
      await expect(made.create({ name: 'second', groupId })).rejects.toThrow(MillraceError);
      expect(await findTrigger(made.services, 'second')).toBeUndefined();
    }
    await made.create({ name: 'second' });
  });

  it(`is one of ${limits.triggers} at most`, async () => {
    const made = await world();
    const { name: _name, version: _version, ...cell } = await made.create({ name: 't0', isEnabled: false });
    for (let count = 1; count < limits.triggers - 1; count++) await insertTrigger(made.services, `t${count}`, cell);
    await made.create({ name: 'last', isEnabled: false });
    await expect(made.create({ name: 'more' })).rejects.toThrow(/^INVALID_REQUEST: there are 1000 triggers already/);
    expect(await listTriggers(made.services)).toHaveLength(limits.triggers);
    await deleteTrigger(made.services, 't7');
    expect((await made.create({ name: 'more' })).phase).toBe('live');
  });
});
