import { describe, expect, it } from 'vitest';
import { dropRolledEntries } from '../../lib/maintenance/drop-rolled-entries.ts';
import { FAR } from '../support/far-deadline.ts';
import { memoryStores, type TestStores } from '../support/memory-services.ts';
import { appendEach, at, DAY, readAll, rollAll, texts } from '../support/rolled-log.ts';

const drop = (stores: TestStores) => dropRolledEntries(stores.worker().maintenance, at, FAR);

describe('entries where the store does not drop them', () => {
  it('are deleted a day after it was seen that they are rolled, and only those', async () => {
    const stores = memoryStores();
    await appendEach(stores.worker(), texts(0, 99));
    await rollAll(stores.worker());
    await appendEach(stores.worker(), texts(100, 104));
    expect(await drop(stores)).toBe(0);
    await stores.clock.advance(DAY - 1);
    await rollAll(stores.worker());
    expect(await drop(stores)).toBe(0);
    await stores.clock.advance(1);
    expect(await drop(stores)).toBe(100);
    expect(stores.log.all()).toHaveLength(5);
    await stores.clock.advance(DAY);
    expect(await drop(stores)).toBe(5);
    expect(await readAll(stores)).toEqual(texts(0, 104));
  });

  it('of a log that was never rolled stay', async () => {
    const stores = memoryStores();
    await appendEach(stores.worker(), texts(0, 3));
    for (let day = 0; day < 3; day++) {
      expect(await drop(stores)).toBe(0);
      await stores.clock.advance(DAY);
    }
    expect(stores.cluster.all()).toEqual([]);
  });
});
