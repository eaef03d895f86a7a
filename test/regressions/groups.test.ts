/** Faults of consumer groups that were found later, each with its story. */
import { expect, it } from 'vitest';
import { delayed } from '../../lib/adapters/memory/faults.ts';
import { createInstance, deleteInstance } from '../../lib/groups/create-instance.ts';
import { pollInstance } from '../../lib/groups/poll-instance.ts';
import { subscribeInstance } from '../../lib/groups/subscribe-instance.ts';
import { GroupWorld, TOPIC } from '../client/group-world.ts';
import { anotherWorker, GROUP, groupWorld, settings, TestMember } from '../groups/world.ts';
import { jsonOf, send, sendJson, testApp } from '../http/support.ts';

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
 * A client committed an offset far beyond the end of the log. What was read and committed from then on was below it, so nothing of it
 * was stored: whoever came next, with `latest`, began at the end again, and what had been produced meanwhile was nobody's.
 */
it.each(['earliest', 'latest'] as const)('stores what is read after a commit beyond the end, with %s', async reset => {
  const { app, topic, v3 } = await testApp();
  await topic('click');
  const produce = async (count: number) => {
    const records = Array.from({ length: count }, (_, value) => ({ value, partition: 0 }));
    expect((await app.request('/topics/click', sendJson({ records }))).status).toBe(200);
  };
  const instance = '/consumers/counts/instances';
  const create = async (name: string) => {
    const config = { name, format: 'json', 'auto.offset.reset': reset, 'auto.commit.enable': false };
    await app.request('/consumers/counts', send(config));
    expect((await app.request(`${instance}/${name}/subscription`, send({ topics: ['click'] }))).status).toBe(204);
  };
  const end = (name: string) => app.request(`${instance}/${name}`, { method: 'DELETE' });
  const poll = async (name: string) =>
    (await jsonOf(app.request(`${instance}/${name}/records?timeout=0`))).map(
      ({ offset }: { offset: number }) => offset,
    );

  await produce(3);
  await create('one');
  const offsets = [{ topic: 'click', partition: 0, offset: 1_000 }];
  expect((await app.request(`${instance}/one/offsets`, send({ offsets }))).status).toBe(200);
  await end('one');
  await create('two');
  expect(await poll('two')).toEqual([]);
  await produce(2);
  expect((await poll('two')).at(-1)).toBe(4);
  expect((await app.request(`${instance}/two/offsets`, { method: 'POST' })).status).toBe(200);
  await end('two');
  await produce(2);
  await create('three');
  expect(await poll('three')).toEqual([5, 6]);
  const committed = await jsonOf(app.request(`${v3}/consumer-groups/counts/offsets`));
  expect(committed.data).toMatchObject([{ offset: 5 }]);
});

it('does the same for members that keep their positions', async () => {
  const { app, topic, v3 } = await testApp();
  await topic('click');
  const records = [1, 2, 3].map(value => ({ value, partition: 0 }));
  await app.request('/topics/click', sendJson({ records }));
  const poll = async (body: object) => {
    const sent = send({ member_id: 'm', max_wait_ms: 0, ...body });
    const { member_epoch, assignment } = await jsonOf(app.request(`${v3}/consumer-groups/counts/members:poll`, sent));
    const [{ topic_name, partition_id, assignment_epoch, position, error_code }] = assignment.topic_partitions;
    return {
      error_code,
      next: { member_epoch, topic_partitions: [{ topic_name, partition_id, assignment_epoch, position }] },
    };
  };
  const first = await poll({ member_epoch: 0, subscribed_topic_names: ['click'], auto_offset_reset: 'latest' });
  const [right] = first.next.topic_partitions;
  const ahead = { member_epoch: first.next.member_epoch, topic_partitions: [{ ...right, position: 1_000 }] };
  const reset = await poll({ ...ahead, commit: true });
  expect(reset).toMatchObject({ error_code: 1, next: { topic_partitions: [{ position: 3 }] } });
  // a position beyond the end that was not committed moves nothing
  await poll(ahead);
  const committed = await jsonOf(app.request(`${v3}/consumer-groups/counts/offsets`));
  expect(committed.data).toMatchObject([{ offset: 3 }]);
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
