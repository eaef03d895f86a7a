/**
 * A runner is killed at every await point: at each of its port calls in turn, before the call and after it took effect. What it leaves
 * is taken up when its lease is over and the list of what is due is looked through, or, where it had not noted its run yet, by the look
 * at everything; and no record is skipped.
 */
import { describe, expect, it } from 'vitest';
import { deadlineIn } from '../../lib/log/deadline.ts';
import type { TargetAnswer } from '../../lib/ports/trigger-target.ts';
import { startDue, sweepTriggers } from '../../lib/triggers/dispatch.ts';
import { leaseMs } from '../../lib/triggers/hold.ts';
import { runPartition } from '../../lib/triggers/run-partition.ts';
import { drive } from '../support/drive.ts';
import { FAR } from '../support/far-deadline.ts';
import { type Death, Kill } from '../support/kill.ts';
import { Ledger } from './ledger.ts';
import { type Delivered, done, failed, TriggerWorld } from './world.ts';

const MINUTE = 60_000;
const DUE_EVERY_MS = 5 * MINUTE;
const RECORDS = 11;
const POISONED = 7;
const OLD = 9;

type Settings = Parameters<TriggerWorld['create']>[0];

/** A partition of which the function takes all but one record, and one record is too old. */
async function prepare(settings: Settings) {
  const world = new TriggerWorld();
  const ledger = new Ledger();
  await world.topic();
  const now = world.stores.clock.now();
  for (let offset = 0; offset < RECORDS; offset++) {
    await world.produce([String(offset)], { timestamp: offset === OLD ? now - 60 * MINUTE : now });
  }
  world.behave = delivered => {
    ledger.begin(delivered);
    const { answer, handled } = answerTo(delivered, settings);
    ledger.handle(handled);
    return answer;
  };
  world.send = batch => ledger.giveUp(batch);
  const trigger = await world.create({
    batchSize: 4,
    maximumRetryAttempts: 1,
    maximumRecordAgeMs: 50 * MINUTE,
    onFailure: 's3://failed',
    ...settings,
  });
  world.started.length = 0;
  return { world, ledger, trigger };
}

function answerTo(
  { topic, offsets }: Delivered,
  settings: Settings,
): { answer: TargetAnswer; handled: readonly number[] } {
  if (!offsets.includes(POISONED)) return { answer: done, handled: offsets };
  if (!settings?.reportsItemFailures) return { answer: failed, handled: [] };
  const batchItemFailures = [{ itemIdentifier: { partition: `${topic}-0`, offset: POISONED } }];
  const answer = { outcome: 'done', response: JSON.stringify({ batchItemFailures }) } as const;
  return { answer, handled: offsets.filter(offset => offset < POISONED) };
}

type Prepared = Awaited<ReturnType<typeof prepare>>;

/** Whether the runner died before it had noted its run. */
async function dieAt({ world, trigger }: Prepared, death: Death): Promise<{ isDead: boolean; isNoted: boolean }> {
  const kill = new Kill(death);
  const { services } = world.newWorker({}, kill.pass);
  const running = runPartition(services, await world.request(trigger), FAR);
  await drive(world.stores.clock, Promise.race([kill.happened, running]));
  const isNoted = world.stores.cluster.all().some(({ pk }) => pk === 'trigger-due');
  return { isDead: kill.isDead, isNoted };
}

/** Runs what was started, as Lambda does. */
async function runStarted({ world }: Prepared): Promise<void> {
  for (let run = world.started.shift(); run; run = world.started.shift()) {
    const { services } = world.newWorker();
    const deadline = deadlineIn(services.clock, 14 * MINUTE);
    await drive(world.stores.clock, runPartition(services, run, deadline));
  }
}

const isWhole = ({ ledger }: Prepared): boolean =>
  Array.from({ length: RECORDS }, (_, offset) => offset).every(offset => ledger.isSettled(offset));

const variants: readonly (readonly [string, Settings])[] = [
  ['whole batches', {}],
  ['bisected batches', { bisectsOnError: true }],
  ['reported records', { reportsItemFailures: true, bisectsOnError: true }],
  ['a filter', { filters: ['{"offset":[{"numeric":[">=",1]}]}'] }],
];

describe.each(variants)('a runner of %s, killed', (_name, settings) => {
  it.each([false, true])('at any call (applied: %s) has its partition gone on with within its bound', async applied => {
    for (let call = 0; ; call++) {
      const prepared = await prepare(settings);
      const { world, ledger, trigger } = prepared;
      if (settings?.filters) ledger.handle([0]);
      const { isDead, isNoted } = await dieAt(prepared, { call, applied });
      if (!isDead) {
        expect(call).toBeGreaterThan(15);
        return;
      }
      const wasWhole = isWhole(prepared);
      await world.stores.clock.advance(leaseMs(trigger) + DUE_EVERY_MS);
      await startDue(world.newWorker().services, FAR);
      expect(isNoted || world.started.length === 0).toBe(true);
      if (!isNoted && !wasWhole) await sweepTriggers(world.newWorker().services, FAR);
      await runStarted(prepared);
      expect([call, ledger.skipped]).toEqual([call, []]);
      expect([call, isWhole(prepared)]).toEqual([call, true]);
      expect(ledger.handled).not.toContain(POISONED);
      expect(world.stores.cluster.all().filter(({ pk }) => pk === 'trigger-due')).toEqual([]);
      expect(await world.offset(trigger)).toBe(RECORDS);
    }
  });
});
