import { expect, it } from 'vitest';
import { anotherWorker, groupWorld, TestMember } from './world.ts';

it('does not take back by an older assignment what a newer one gave to another', async () => {
  const world = await groupWorld({ click: 1 });
  const { worker, services: frozen } = anotherWorker(world);
  const [held, reached] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  worker.faults.intercept = async ({ operation, key }, apply) => {
    if (operation === 'create' && key.includes(' offset/')) {
      reached.resolve();
      await held.promise;
    }
    return apply();
  };
  const [old, next] = [new TestMember('old'), new TestMember('next')];
  const taking = old.beat(frozen);
  await reached.promise;
  await old.leave(world.services);
  await next.beat(world.services);
  expect(next.partitions).toEqual(['click-0']);
  held.resolve();
  await taking;
  expect(old.partitions).toEqual([]);
  expect(await next.commit(world.services, 5)).toEqual([{}]);
});
