import { describe, expect, it } from 'vitest';
import {
  appliedLater,
  delayed,
  FaultPlan,
  interceptItemTable,
  interceptObjectStore,
  replyLost,
  requestLost,
  throttled,
} from '../../../lib/adapters/memory/faults.ts';
import { MemoryItemTable } from '../../../lib/adapters/memory/item-table.ts';
import { ManualClock } from '../../../lib/adapters/memory/manual-clock.ts';
import { MemoryObjectStore } from '../../../lib/adapters/memory/object-store.ts';
import { newItem } from '../../contract/support/items.ts';

function setUp() {
  const faults = new FaultPlan();
  const store = new MemoryItemTable();
  return { faults, store, table: interceptItemTable(store, faults.intercept), item: newItem() };
}

describe('a fault', () => {
  it('refuses a call before it is applied', async () => {
    const { faults, store, table, item } = setUp();
    faults.next('create', throttled);
    await expect(table.create(item)).rejects.toMatchObject({ code: 'THROTTLED', outcome: 'not-applied' });
    expect(await store.get(item)).toBeUndefined();
  });

  it('loses the reply of a call that was applied', async () => {
    const { faults, store, table, item } = setUp();
    faults.next('create', replyLost);
    await expect(table.create(item)).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN', outcome: 'unknown' });
    expect(await store.get(item)).toBeDefined();
  });

  it('loses a request, so that the caller cannot know that it was not applied', async () => {
    const { faults, store, table, item } = setUp();
    faults.next('create', requestLost);
    await expect(table.create(item)).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    expect(await store.get(item)).toBeUndefined();
  });

  it('loses the reply of a read, which has no outcome to be unknown', async () => {
    const { faults, table, item } = setUp();
    faults.next('get', replyLost);
    await expect(table.get(item)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });

  it('applies the write of a frozen caller long after its answer', async () => {
    const { faults, store, table, item } = setUp();
    const clock = new ManualClock();
    faults.next(
      'create',
      appliedLater(() => clock.sleep(60_000)),
    );
    await expect(table.create(item)).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    await clock.advance(59_999);
    expect(await store.get(item)).toBeUndefined();
    await clock.advance(1);
    expect(await store.get(item)).toBeDefined();
  });

  it('delays a call', async () => {
    const { faults, store, table, item } = setUp();
    const clock = new ManualClock();
    faults.next(
      'create',
      delayed(() => clock.sleep(10)),
    );
    const creating = table.create(item);
    await clock.advance(9);
    expect(await store.get(item)).toBeUndefined();
    await clock.advance(1);
    expect(await creating).toMatchObject({ outcome: 'created' });
  });

  it('strikes the calls it was planned for, in order, and no others', async () => {
    const { faults, table, item } = setUp();
    faults.next('replace', throttled);
    faults.next('replace', replyLost);
    await table.create(item);
    await expect(table.replace(newItem(item), 1)).rejects.toMatchObject({ code: 'THROTTLED' });
    await expect(table.replace(newItem(item), 1)).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    expect(await table.replace(newItem(item), 2)).toMatchObject({ outcome: 'replaced' });
  });

  it('names the call that it strikes', async () => {
    const { faults, table } = setUp();
    faults.next('get', throttled);
    await expect(table.get({ pk: 'p', sk: 's' })).rejects.toThrow('get of items p s');
  });

  it('strikes objects likewise', async () => {
    const faults = new FaultPlan();
    const store = new MemoryObjectStore();
    const faulty = interceptObjectStore(store, faults.intercept);
    faults.next('put', replyLost);
    await expect(faulty.put('k', Buffer.of(1))).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    expect(await store.get('k')).toEqual(Uint8Array.of(1));
  });
});
