/** Faults of consumer groups that were found later, each with its story. */
import { expect, it } from 'vitest';
import { delayed } from '../../lib/adapters/memory/faults.ts';
import { createInstance, deleteInstance } from '../../lib/groups/create-instance.ts';
import { pollInstance } from '../../lib/groups/poll-instance.ts';
import { subscribeInstance } from '../../lib/groups/subscribe-instance.ts';
import { GroupWorld, TOPIC } from '../client/group-world.ts';
import { anotherWorker, GROUP, groupWorld, settings, TestMember } from '../groups/world.ts';
import { jsonOf, send } from '../http/support.ts';

const one = { groupId: GROUP, instanceId: 'one' };

const createOne = async (services: Parameters<typeof createInstance>[0]) => {
  const own = { format: 'binary', autoCommit: false, offsetReset: 'earliest' } as const;
  await createInstance(services, { groupId: GROUP, name: 'one', ...own, fetchMinBytes: 1, requestTimeoutMs: 0 });
  await subscribeInstance(services, one, { topics: ['click'] });
};

/**
 * A client died while its poll waited for records, and came back: it deleted its instance and created it anew. The item of the first
 * was removed at once, so the second's came to the same version, and the poll, which nobody waited for any more, wrote over it. Or it
 * found another version, began again, and was given the records that the second should have had.
 */
it('gives nothing of an instance to a poll that was sent to its predecessor', async () => {
  const { services, ...world } = await groupWorld({ click: 1 });
  await createOne(services);
  let isAsked = 0;
  const old = pollInstance(anotherWorker({ services, ...world }).services, {
    ...one,
    async read({ held }) {
      if (isAsked++ === 0) {
        await deleteInstance(services, one);
        await createOne(services);
      }
      return { answer: 'records', next: held.map(({ position }) => position + 3), isEmpty: false };
    },
  });
  await expect(old).rejects.toMatchObject({ code: 'FENCED_MEMBER' });
  const begins = await pollInstance(services, {
    ...one,
    read: async ({ held }) => ({
      answer: held.map(({ position }) => position),
      next: held.map(({ position }) => position),
      isEmpty: true,
    }),
  });
  expect(begins.answer).toEqual([0]);
});

/**
 * A process asked to join under its instance id, and died; the process after it joined. The first request, held up in its worker, lost
 * its write to the second, tried again, and took the place of a process that lived for one that did not.
 */
it('lets no process be fenced by the join of one that began before it', async () => {
  const world = await groupWorld();
  const [before, after] = [1, 2].map(process => new TestMember('static', settings(['click']), `process-${process}`));
  const { worker, services: slow } = anotherWorker(world);
  await new TestMember('another').beat(world.services);
  const held = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  worker.faults.next(
    'create',
    delayed(() => {
      reached.resolve();
      return held.promise;
    }),
  );
  const late = before?.beat(slow);
  await reached.promise;
  await after?.beat(world.services);
  held.resolve();
  await expect(late).rejects.toMatchObject({ code: 'FENCED_MEMBER' });
  await after?.beat(world.services);
});

it('lets a process that comes back take the place of the one before it', async () => {
  const world = await groupWorld();
  const [before, after] = [1, 2].map(process => new TestMember('static', settings(['click']), `process-${process}`));
  await before?.beat(world.services);
  await after?.beat(world.services);
  await expect(before?.beat(world.services)).rejects.toMatchObject({ code: 'FENCED_MEMBER' });
});

/**
 * One thread polled, another committed. Each commit changed the instance, so that the poll began again, and waited anew: a poll of 5 s
 * took as long as there were commits.
 */
it('waits no longer for records than it is asked to, whatever else the instance is asked for meanwhile', async () => {
  const world = await GroupWorld.create(1);
  await world.produce(0, 9);
  const ask = (path: string, init?: RequestInit) => world.fetch(`http://memory/consumers/counts${path}`, init);
  await world.drive(ask('', send({ name: 'one', format: 'json', 'auto.offset.reset': 'earliest' })));
  await world.drive(ask('/instances/one/subscription', send({ topics: [TOPIC] })));
  expect(await jsonOf(world.drive(ask('/instances/one/records?timeout=0')))).toHaveLength(9);
  const began = world.clock.monotonic();
  const polled = ask('/instances/one/records?timeout=5000');
  const ended = polled.then(() => world.clock.monotonic());
  for (let second = 1; second <= 4; second++) {
    await world.pass(1_000);
    const offsets = [{ topic: TOPIC, partition: 0, offset: second }];
    const committed = await world.drive(ask('/instances/one/offsets', send({ offsets })));
    expect(committed.status).toBe(200);
  }
  expect(await jsonOf(world.drive(polled))).toEqual([]);
  expect((await ended) - began).toBeLessThan(6_000);
});
