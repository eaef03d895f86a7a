import { beforeEach, describe, expect, it } from 'vitest';
import { appliedLater, replyLost, requestLost, throttled } from '../../lib/adapters/memory/faults.ts';
import { limits } from '../../lib/protocol/limits.ts';
import type { Trigger } from '../../lib/triggers/cells.ts';
import { FencedError, Hold, leaseMs, mayTake, readProgress } from '../../lib/triggers/hold.ts';
import { advanced, marked } from '../../lib/triggers/run-state.ts';
import { drive } from '../support/drive.ts';
import { triggerOf } from './trigger-of.ts';
import { type TriggerWorker, TriggerWorld } from './world.ts';

const at = { topicId: 't', partition: 0 };
const SECOND = 1_000;
const MINUTE = 60 * SECOND;

let world: TriggerWorld;
let trigger: Trigger;

beforeEach(() => {
  world = new TriggerWorld();
  trigger = triggerOf();
});

const part = (of = trigger) => ({ trigger: of, topic: 'click', at });

async function holdOf(worker: TriggerWorker = world.worker, of = trigger): Promise<Hold> {
  const read = await readProgress(worker.services, part(of));
  return new Hold(worker.services, { ...part(of), read, from: read.offset ?? 0 });
}

async function isFree(of = trigger, worker = world.worker): Promise<boolean> {
  return mayTake(await readProgress(worker.services, part(of)), of, worker.services.logs.time.now());
}

const write = (hold: Hold) => drive(world.stores.clock, hold.write());

/** A clock that is wrong by so much. */
function clockOff(ms: number) {
  const { clock } = world.stores;
  return {
    now: () => clock.now() + ms,
    monotonic: () => clock.monotonic(),
    sleep: (pause: number) => clock.sleep(pause),
  };
}

describe('a hold', () => {
  it("is nobody's before its first write, and nobody else's until its lease is over", async () => {
    const hold = await holdOf();
    expect([hold.isWritten, hold.isLongEnough, await isFree()]).toEqual([false, false, true]);
    await hold.write();
    expect([hold.isWritten, hold.isLongEnough, await isFree()]).toEqual([true, true, false]);
    await world.stores.clock.advance(leaseMs(trigger) - 1);
    expect(await isFree()).toBe(false);
    await world.stores.clock.advance(1);
    expect(await isFree()).toBe(true);
  });

  it('is long enough for one invocation and its slack, to the millisecond', async () => {
    const hold = await holdOf();
    await hold.write();
    await world.stores.clock.advance(15 * SECOND);
    expect(hold.isLongEnough).toBe(true);
    await world.stores.clock.advance(1);
    expect(hold.isLongEnough).toBe(false);
  });

  it('is renewed by every write, and kept only where it would not last', async () => {
    const hold = await holdOf();
    await hold.write();
    await world.stores.clock.advance(10 * SECOND);
    const before = world.worker.calls.length;
    await hold.keep();
    expect(world.worker.calls).toHaveLength(before);
    await world.stores.clock.advance(10 * SECOND);
    await hold.keep();
    expect(world.worker.calls).toHaveLength(before + 1);
    expect(hold.isLongEnough).toBe(true);
  });

  it('that is given back is free at once, or when what it waits for is due', async () => {
    const hold = await holdOf();
    await hold.write();
    await hold.release();
    expect(await isFree()).toBe(true);
    const next = await holdOf();
    await next.write();
    await next.release(world.stores.clock.now() + MINUTE);
    expect(await isFree()).toBe(false);
    await world.stores.clock.advance(MINUTE);
    expect(await isFree()).toBe(true);
  });

  it('of another trigger in the same group says nothing of this one, but for its lease', async () => {
    const other = triggerOf({ triggerId: 'other' });
    const hold = await holdOf(world.worker, other);
    hold.progress = marked(advanced(hold.progress, 7), 9);
    await hold.write();
    expect(await isFree()).toBe(false);
    await hold.release(world.stores.clock.now() + 5 * MINUTE);
    expect(await isFree()).toBe(true);
    const own = await holdOf();
    expect(own.progress).toMatchObject({ offset: 7, run: { triggerId: 'id', ends: [], unknown: 0, epoch: 1 } });
  });

  it('follows settings: an invocation that may take longer needs a longer lease', async () => {
    const hold = await holdOf();
    await hold.write();
    hold.follow(triggerOf({ functionTimeoutMs: 5 * MINUTE }));
    expect(hold.isLongEnough).toBe(false);
    await hold.keep();
    await world.stores.clock.advance(5 * MINUTE);
    expect(await isFree()).toBe(false);
  });
});

describe('a lease', () => {
  it.each([1_000, 60_000, limits.triggerTimeoutMs])(
    'taken for a timeout of %i ms holds although the timeout is shorter by now',
    async functionTimeoutMs => {
      const hold = await holdOf(world.worker, triggerOf({ functionTimeoutMs }));
      await hold.write();
      await world.stores.clock.advance(functionTimeoutMs);
      expect(await isFree(triggerOf({ functionTimeoutMs: 1_000 }))).toBe(false);
    },
  );

  it('of a clock that is fast by a minute holds, by a day does not', async () => {
    const longest = triggerOf({ functionTimeoutMs: limits.triggerTimeoutMs });
    const fast = world.newWorker({ clock: clockOff(MINUTE) });
    await (await holdOf(fast, longest)).write();
    expect(await isFree(longest)).toBe(false);
    const faster = world.newWorker({ clock: clockOff(24 * 60 * MINUTE) });
    const hold = await holdOf(faster, longest);
    await hold.write();
    expect(await isFree(longest)).toBe(true);
  });

  it('of a clock that is slow ends early by as much, and an invocation within its slack still ends before', async () => {
    const slow = world.newWorker({ clock: clockOff(-10 * SECOND) });
    await (await holdOf(slow)).write();
    await world.stores.clock.advance(trigger.functionTimeoutMs + 15 * SECOND);
    expect(await isFree()).toBe(false);
  });

  it('does not grow where the clock of its holder is set back', async () => {
    const hold = await holdOf();
    await hold.write();
    world.stores.clock.jump(-60 * MINUTE);
    await world.stores.clock.advance(15 * SECOND + 1);
    expect(hold.isLongEnough).toBe(false);
    await hold.keep();
    expect(await isFree()).toBe(false);
  });

  it('does not grow where the clock of its holder stands still in a freeze', async () => {
    const hold = await holdOf();
    await hold.write();
    world.stores.clock.jump(leaseMs(trigger));
    expect(hold.isLongEnough).toBe(false);
  });
});

describe('a wait', () => {
  it('noted by a clock that was fast by an hour is not waited for', async () => {
    const fast = world.newWorker({ clock: clockOff(60 * MINUTE) });
    const hold = await holdOf(fast);
    await hold.write();
    await hold.release(fast.services.clock.now() + 5 * MINUTE);
    expect(await isFree()).toBe(true);
  });
});

describe('a takeover', () => {
  it('has every later write of the holder before refused, and nothing of it stored', async () => {
    const [old, next] = [await holdOf(), await holdOf(world.newWorker())];
    await old.write();
    await world.stores.clock.advance(leaseMs(trigger));
    const taken = await holdOf(world.newWorker());
    await taken.write();
    old.progress = advanced(old.progress, 5);
    for (const late of [() => old.write(), () => old.release(), () => old.keep()]) {
      await expect(late()).rejects.toThrow(FencedError);
    }
    await expect(next.write()).rejects.toThrow(FencedError);
    expect((await readProgress(world.services, part())).cell).toMatchObject({ offset: 0, run: { epoch: 2 } });
  });

  it('by two at once is had by one', async () => {
    const holds = await Promise.all([1, 2, 3].map(() => holdOf(world.newWorker())));
    const results = await Promise.allSettled(holds.map(hold => hold.write()));
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
  });
});

describe('a write whose reply is lost', () => {
  it.each([
    ['was applied', replyLost],
    ['was not', requestLost],
  ])('and that %s is made once, and the hold goes on', async (_name, fault) => {
    const hold = await holdOf();
    await hold.write();
    hold.progress = advanced(hold.progress, 3);
    world.worker.faults.nextWrite(fault);
    await write(hold);
    await hold.write();
    expect((await readProgress(world.services, part())).offset).toBe(3);
  });

  it('and that another overwrote since is a takeover', async () => {
    const hold = await holdOf();
    await hold.write();
    world.worker.faults.next('replace', async (call, apply) => {
      await replyLost(call, apply).catch(() => undefined);
      await world.stores.clock.advance(0);
      const other = world.newWorker();
      const read = await readProgress(other.services, part());
      await new Hold(other.services, { ...part(), read, from: 0 }).write();
      throw await replyLost(call, async () => undefined).catch(error => error);
    });
    await expect(write(hold)).rejects.toThrow(FencedError);
  });

  it('for as long as it is tried again is a takeover: it may yet be applied', async () => {
    const hold = await holdOf();
    await hold.write();
    let apply: (() => void) | undefined;
    const later = new Promise<void>(resolve => (apply = resolve));
    for (let tries = 0; tries < 5; tries++)
      world.worker.faults.next(
        'replace',
        appliedLater(() => later),
      );
    await expect(write(hold)).rejects.toThrow(FencedError);
    apply?.();
  });

  it('by a store that refuses it is tried again, and then an error that another try may mend', async () => {
    const hold = await holdOf();
    for (let tries = 0; tries < 5; tries++) world.worker.faults.next('create', throttled);
    await expect(write(hold)).rejects.toMatchObject({ code: 'THROTTLED' });
    expect(hold.isWritten).toBe(false);
    await write(hold);
    expect(hold.isWritten).toBe(true);
  });
});
