import { describe, expect, it } from 'vitest';
import { GROUP, GroupWorld, TOPIC } from './group-world.ts';

const at = (partition: number, offset: number) => ({ topic: TOPIC, partition, offset });

async function setUp() {
  const world = await GroupWorld.create();
  await world.produce(0, 5);
  await world.produce(1, 3);
  return { world, groups: world.client.groups };
}

describe('a group without members', () => {
  it('has the offsets that a reader commits, which never go back', async () => {
    const { world, groups } = await setUp();
    await world.drive(groups.commit({ group: GROUP, offsets: [{ ...at(0, 2), metadata: 'm' }, at(1, 3)] }));
    await world.drive(groups.commit({ group: GROUP, offsets: [at(0, 1)] }));
    expect(await world.drive(groups.committed(GROUP))).toEqual([
      { ...at(0, 2), metadata: 'm', committedAt: expect.any(Number) },
      { ...at(1, 3), metadata: '', committedAt: expect.any(Number) },
    ]);
  });

  it('has its lags', async () => {
    const { world, groups } = await setUp();
    await world.drive(groups.commit({ group: GROUP, offsets: [at(0, 2)] }));
    const lag = { topic: TOPIC, partition: 0, currentOffset: 2, logEndOffset: 5, lag: 3, member: undefined };
    expect(await world.drive(groups.lags(GROUP))).toEqual([lag]);
  });

  it.each([
    [{ kind: 'earliest' } as const, [0, 0]],
    [{ kind: 'latest' } as const, [5, 3]],
    [{ kind: 'offset', offset: 4 } as const, [4, 3]],
    [{ kind: 'shift', by: -1 } as const, [1, 1]],
    [{ kind: 'timestamp', timestamp: 0 } as const, [0, 0]],
  ])('is reset to %o', async (to, offsets) => {
    const { world, groups } = await setUp();
    await world.drive(groups.commit({ group: GROUP, offsets: [at(0, 2), at(1, 2)] }));
    const reset = await world.drive(groups.reset({ group: GROUP, topic: TOPIC, to }));
    expect(reset).toEqual(offsets.map((offset, partition) => at(partition, offset)));
    expect(await world.committed()).toEqual(offsets);
  });

  it('is reset in the partitions named alone', async () => {
    const { world, groups } = await setUp();
    await world.drive(groups.commit({ group: GROUP, offsets: [at(0, 2), at(1, 2)] }));
    await world.drive(groups.reset({ group: GROUP, topic: TOPIC, partitions: [1], to: { kind: 'earliest' } }));
    expect(await world.committed()).toEqual([2, 0]);
  });

  it('is deleted', async () => {
    const { world, groups } = await setUp();
    await world.drive(groups.commit({ group: GROUP, offsets: [at(0, 2)] }));
    await world.drive(groups.delete(GROUP));
    await expect(world.drive(groups.committed(GROUP))).rejects.toMatchObject({ code: 'UNKNOWN_GROUP' });
    await expect(world.drive(groups.delete(GROUP))).rejects.toMatchObject({ code: 'UNKNOWN_GROUP' });
  });

  it('has what is committed again where the store refused a part of it for now', async () => {
    const { world } = await setUp();
    let isFirst = true;
    const client = world.newClient(async (input, init) => {
      if (!String(input).endsWith(':commit') || !isFirst) return world.fetch(input, init);
      isFirst = false;
      const message = 'COORDINATOR_NOT_AVAILABLE: the store did not answer';
      return Response.json({ offsets: [{ topic_name: TOPIC, partition_id: 0, error_code: 15, message }] });
    });
    await world.drive(client.groups.commit({ group: GROUP, offsets: [at(0, 2)] }));
    expect([isFirst, await world.committed()]).toEqual([false, [2]]);
  });

  it('refuses an offset of a partition that is not there', async () => {
    const { world, groups } = await setUp();
    const commit = groups.commit({ group: GROUP, offsets: [at(0, 1), at(7, 1)] });
    await expect(world.drive(commit)).rejects.toMatchObject({ name: 'RequestError', retriable: false });
    expect(await world.committed()).toEqual([1]);
  });
});

describe('a group with members', () => {
  it('refuses what only a group without them allows', async () => {
    const { world, groups } = await setUp();
    const { consumer } = world.consume();
    await world.pass(3_000);
    const refused = { code: 'GROUP_NOT_EMPTY', outcome: 'not-applied' };
    const commit = groups.commit({ group: GROUP, offsets: [at(0, 2)] });
    await expect(world.drive(commit)).rejects.toMatchObject(refused);
    const reset = groups.reset({ group: GROUP, topic: TOPIC, to: { kind: 'latest' } });
    await expect(world.drive(reset)).rejects.toMatchObject(refused);
    await expect(world.drive(groups.delete(GROUP))).rejects.toMatchObject(refused);
    expect((await world.drive(groups.lags(GROUP))).map(({ member }) => member)).toEqual(
      new Array(2).fill(consumer.memberId),
    );
  });
});
