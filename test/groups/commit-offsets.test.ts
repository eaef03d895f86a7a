import { expect, it } from 'vitest';
import { type Intercept, replyLost, throttled } from '../../lib/adapters/memory/faults.ts';
import { commitStandalone, deleteOffsets, setOffsets } from '../../lib/groups/alter-offsets.ts';
import { deleteGroup } from '../../lib/groups/delete-group.ts';
import { readCommitted, readLags } from '../../lib/groups/read-offsets.ts';
import { resetOffsets } from '../../lib/groups/reset-offsets.ts';
import { drive } from '../support/drive.ts';
import { anotherWorker, GROUP, groupWorld, produce, rounds, settings, TestMember } from './world.ts';

const codes = (results: readonly { readonly error?: { readonly code: string } }[]) =>
  results.map(({ error }) => error?.code ?? 'ok');

const offsetsOf = async ({ services }: Awaited<ReturnType<typeof groupWorld>>) =>
  (await readCommitted(services, GROUP)).map(({ topic, partition, offset }) => [`${topic}-${partition}`, offset]);

it('takes a commit by who has the partition, and none that goes back', async () => {
  const world = await groupWorld({ click: 1 });
  const one = new TestMember('one');
  await one.beat(world.services);
  expect(codes(await one.commit(world.services, 5))).toEqual(['ok']);
  expect(codes(await one.commit(world.services, 3))).toEqual(['ok']);
  expect(await offsetsOf(world)).toEqual([['click-0', 5]]);
});

it('refuses a commit by an older epoch, another incarnation, or who was never given the partition', async () => {
  const world = await groupWorld({ click: 1 });
  const one = new TestMember('one');
  await one.beat(world.services);
  const [held] = one.held;
  if (!held) throw new Error('nothing held');
  const other = new TestMember('one', settings(['click']), 'one-2');
  expect(codes(await other.commit(world.services, 9, [held]))).toEqual(['NOT_ASSIGNED']);
  expect(codes(await new TestMember('two').commit(world.services, 9, [held]))).toEqual(['NOT_ASSIGNED']);
  expect(codes(await one.commit(world.services, 9, [{ ...held, since: held.since + 1 }]))).toEqual(['NOT_ASSIGNED']);
  expect(await offsetsOf(world)).toEqual([]);
});

it('refuses a zombie whose partition another incarnation has taken, also where its worker remembers the cell', async () => {
  const world = await groupWorld({ click: 1 });
  const old = new TestMember('one');
  await old.beat(world.services);
  await old.commit(world.services, 2);
  const { services } = anotherWorker(world);
  const back = new TestMember('one', settings(['click']), 'one-2');
  await back.beat(services);
  await world.stores.clock.advance(3_100);
  await back.beat(services);
  expect(back.begun.map(({ offset }) => offset)).toEqual([2]);
  expect(codes(await old.commit(world.services, 7))).toEqual(['NOT_ASSIGNED']);
  await expect(old.beat(world.services)).rejects.toMatchObject({ code: 'FENCED_MEMBER' });
  expect(codes(await back.commit(services, 3))).toEqual(['ok']);
});

it('waits with a partition for who has it, until that follows or its rebalance timeout is over', async () => {
  const world = await groupWorld({ click: 2 });
  const [one, two] = [new TestMember('one'), new TestMember('two')];
  await one.beat(world.services);
  const [before] = [one.held];
  await rounds(world, [two], 4);
  expect(two.partitions).toEqual([]);
  // what it is about to commit is taken
  expect(codes(await one.commit(world.services, 4, before))).toEqual(['ok', 'ok']);
  await one.beat(world.services);
  await one.beat(world.services);
  await two.beat(world.services);
  expect(two.begun.map(({ offset }) => offset)).toEqual([4]);
  const [lost] = before.filter(({ partition }) => !one.held.some(held => held.partition === partition));
  expect(codes(await one.commit(world.services, 6, lost ? [lost] : []))).toEqual(['NOT_ASSIGNED']);
});

it('gives a partition to another that its owner lives but does not give up, once its rebalance timeout is over', async () => {
  const world = await groupWorld({ click: 2 });
  const stubborn = new TestMember('one', settings(['click'], { rebalanceTimeoutMs: 10_000 }));
  const two = new TestMember('two');
  await stubborn.beat(world.services);
  const { held } = stubborn;
  const stay = async () => {
    stubborn.held = held;
    await stubborn.beat(world.services);
  };
  await two.beat(world.services);
  for (let round = 0; round < 8; round++) {
    await world.stores.clock.advance(1_000);
    await stay();
    await two.beat(world.services);
  }
  expect(two.partitions).toEqual([]);
  for (let round = 0; round < 8; round++) {
    await world.stores.clock.advance(1_000);
    await stay();
    await two.beat(world.services);
  }
  expect(two.partitions).toHaveLength(1);
});

it('of a commit whose reply is lost says what holds', async () => {
  const world = await groupWorld({ click: 1 });
  const one = new TestMember('one');
  await one.beat(world.services);
  world.worker.faults.next('replace', replyLost);
  const committed = one.commit(world.services, 5);
  await world.stores.clock.advance(10_000);
  expect(codes(await committed)).toEqual(['ok']);
  expect(await offsetsOf(world)).toEqual([['click-0', 5]]);
});

it('lets a reader that is no member commit and set offsets only where the group has none', async () => {
  const world = await groupWorld({ click: 1 });
  const offsets = [{ topic: 'click', partition: 0, offset: 3, metadata: 'mine' }];
  expect(codes(await commitStandalone(world.services, { groupId: GROUP, offsets }))).toEqual(['ok']);
  const one = new TestMember('one');
  await one.beat(world.services);
  expect(one.begun.map(({ offset }) => offset)).toEqual([3]);
  for (const refused of [commitStandalone, setOffsets]) {
    await expect(refused(world.services, { groupId: GROUP, offsets })).rejects.toMatchObject({
      code: 'GROUP_NOT_EMPTY',
    });
  }
  await one.leave(world.services);
  expect(
    codes(await setOffsets(world.services, { groupId: GROUP, offsets: [{ ...offsets[0], offset: 1 } as never] })),
  ).toEqual(['ok']);
  expect(await offsetsOf(world)).toEqual([['click-0', 1]]);
  expect(codes(await one.commit(world.services, 8))).toEqual(['NOT_ASSIGNED']);
});

it('resets by what is meant, within the log', async () => {
  const world = await groupWorld({ click: 1 });
  await produce(world, 'click', 0, 10);
  const partitions = [{ topic: 'click', partition: 0 }];
  const reset = async (to: Parameters<typeof resetOffsets>[1]['to']) =>
    (await resetOffsets(world.services, { groupId: GROUP, partitions, to })).map(({ offset }) => offset);
  expect(await reset({ kind: 'latest' })).toEqual([10]);
  expect(await reset({ kind: 'shift', by: -4 })).toEqual([6]);
  expect(await reset({ kind: 'shift', by: -40 })).toEqual([0]);
  expect(await reset({ kind: 'offset', offset: 99 })).toEqual([10]);
  expect(await reset({ kind: 'earliest' })).toEqual([0]);
  expect(await reset({ kind: 'timestamp', timestamp: 2 })).toEqual([10]);
  expect((await readLags(world.services, GROUP)).map(({ lag }) => lag)).toEqual([0]);
  const unknown = [
    { topic: 'none', partition: 0 },
    { topic: 'click', partition: 7 },
  ];
  const results = await resetOffsets(world.services, { groupId: GROUP, partitions: unknown, to: { kind: 'latest' } });
  expect(codes(results)).toEqual(['UNKNOWN_TOPIC', 'UNKNOWN_PARTITION']);
});

it('deletes offsets of what nobody is subscribed to, and with the group all of them', async () => {
  const world = await groupWorld({ click: 1, upload: 1 });
  const offsets = ['click', 'upload'].map(topic => ({ topic, partition: 0, offset: 3 }));
  await commitStandalone(world.services, { groupId: GROUP, offsets });
  const one = new TestMember('one');
  await one.beat(world.services);
  const results = await deleteOffsets(world.services, { groupId: GROUP, partitions: offsets });
  expect(codes(results)).toEqual(['GROUP_SUBSCRIBED_TO_TOPIC', 'ok']);
  expect(await offsetsOf(world)).toEqual([['click-0', 3]]);
  await expect(deleteGroup(world.services, GROUP)).rejects.toMatchObject({ code: 'GROUP_NOT_EMPTY' });
  await one.leave(world.services);
  await deleteGroup(world.services, GROUP);
  await expect(readCommitted(world.services, GROUP)).rejects.toMatchObject({ code: 'UNKNOWN_GROUP' });
  await expect(deleteGroup(world.services, GROUP)).rejects.toMatchObject({ code: 'UNKNOWN_GROUP' });
  const again = new TestMember('one', settings(['click']), 'one-2');
  await again.beat(world.services);
  expect(again.begun.map(({ offset }) => offset)).toEqual([0]);
  expect(codes(await one.commit(world.services, 9))).toEqual(['NOT_ASSIGNED']);
});

it('leaves the offset to a member that takes the partition while it is set from outside', async () => {
  // a member joins and commits between any two calls
  for (let call = 1; call < 12; call++) {
    const world = await groupWorld({ click: 1 });
    const offsets = [{ topic: 'click', partition: 0, offset: 3 }];
    await commitStandalone(world.services, { groupId: GROUP, offsets });
    const outside = anotherWorker(world);
    const one = new TestMember('one');
    let calls = 0;
    const joins: Intercept = async (_call, apply) => {
      if (++calls === call) await one.beat(world.services);
      if (calls === call) await one.commit(world.services, 10);
      return apply();
    };
    for (let each = 0; each < 20; each++) outside.worker.faults.next('get', joins);
    const [result] = await setOffsets(outside.services, {
      groupId: GROUP,
      offsets: [{ ...offsets[0], offset: 1 } as never],
    }).catch(error => [{ error }]);
    const offset = (await offsetsOf(world))[0]?.[1];
    expect([call, result?.error?.code, offset]).toEqual(
      calls < call ? [call, undefined, 1] : [call, 'GROUP_NOT_EMPTY', 10],
    );
  }
});

it('does not say that a commit failed which it cannot confirm the topic of', async () => {
  const world = await groupWorld({ click: 1 });
  const one = new TestMember('one');
  await one.beat(world.services);
  await one.commit(world.services, 1);
  // the write takes so long that the name has to be looked at again, which fails
  world.worker.faults.next('replace', async (_call, apply) => {
    const written = await apply();
    await world.stores.clock.advance(13_000);
    world.worker.faults.next('get', throttled);
    return written;
  });
  expect(codes(await one.commit(world.services, 5))).toEqual(['OUTCOME_UNKNOWN']);
  expect(await offsetsOf(world)).toEqual([['click-0', 5]]);
});

it('answers that a commit is unknown where its reply was lost and another has taken the partition since', async () => {
  const world = await groupWorld({ click: 1 });
  const one = new TestMember('one');
  await one.beat(world.services);
  const { services } = anotherWorker(world);
  const back = new TestMember('one', settings(['click']), 'one-2');
  world.worker.faults.next('replace', async (call, apply) => {
    try {
      return await replyLost(call, apply);
    } finally {
      await back.beat(services);
      await world.stores.clock.advance(3_100);
      await back.beat(services);
    }
  });
  expect(codes(await drive(world.stores.clock, one.commit(world.services, 5)))).toEqual(['OUTCOME_UNKNOWN']);
  expect(back.begun.map(({ offset }) => offset)).toEqual([5]);
});
