/** A run of one partition that is in this runner's hands: from taking the lease to giving it back. */

import { type Deadline, timeLeftMs } from '../log/deadline.ts';
import { isTriedAgain } from '../log/tried-again.ts';
import { windowWaiter } from './batch-window.ts';
import type { Trigger } from './cells.ts';
import { compileFilters } from './filter.ts';
import { type Gathered, type GivenUpFor, gather, type Matches } from './gather.ts';
import { giveUp, retriesOf } from './give-up.ts';
import { Hold, leaseMs, type PartitionOfTrigger, type ReadProgress } from './hold.ts';
import { judgeAnswer, type Verdict } from './judge-answer.ts';
import { RecordSource, type SourceRecord } from './record-source.ts';
import type { RunEnd, RunReport, TriggerFailure } from './run-report.ts';
import { advanced, isDeadly, isSolo, marked, rangeEnd, withUnsent } from './run-state.ts';
import type { RunnerServices } from './services.ts';
import { findTrigger, isRunning } from './trigger-store.ts';

/** From one failure to the next try: doubles from this on. */
const BACKOFF_FROM_MS = 200;

/** A longer pause is not spent in the runner: it gives the partition back, and another comes when it is over. */
const WAITED_FOR_MS = 10_000;

/** Settings that are no older are those of now, for an event that is the first since. */
const SETTINGS_MS = 1_000;

/** Kept back of the runner's time, to give the partition back. */
const RESERVE_MS = 5_000;

interface RunParams {
  readonly part: PartitionOfTrigger;
  readonly read: ReadProgress;
  /** Where to begin. */
  readonly from: number;
  readonly deadline: Deadline;
  readonly report: RunReport;
}

type Event = Extract<Gathered, { readonly kind: 'event' }>;
type Step = 'on' | RunEnd;

export class PartitionRun {
  readonly #services: RunnerServices;
  readonly #part: PartitionOfTrigger;
  readonly #deadline: Deadline;
  readonly #report: RunReport;
  readonly #source: RecordSource;
  readonly #hold: Hold;
  #trigger: Trigger;
  #matches: Matches;
  /** When the settings were read, by the monotonic clock; `undefined` once an event was sent. */
  #followedAt: number | undefined;
  /** Tries in a row that came to nothing, whatever the records. */
  #inVain = 0;

  constructor(services: RunnerServices, { part, read, from, deadline, report }: RunParams) {
    this.#services = services;
    this.#part = part;
    this.#trigger = part.trigger;
    this.#matches = compileFilters(part.trigger.filters);
    this.#deadline = deadline;
    this.#report = report;
    this.#followedAt = services.clock.monotonic();
    this.#source = new RecordSource(services.logs.of(part.at).reader);
    this.#hold = new Hold(services, { ...part, read, from });
  }

  /** The offset that is committed. */
  get offset(): number {
    return this.#hold.progress.offset;
  }

  /** @throws FencedError */
  async run(): Promise<RunEnd> {
    while (true) {
      const step = await this.#stepOrBackOff();
      if (step !== 'on') return step;
    }
  }

  /** Where a store fails for now it is tried again, like a function that fails. */
  async #stepOrBackOff(): Promise<Step> {
    try {
      return await this.#step();
    } catch (error) {
      this.#failUnlessTriedAgain(error);
      this.#inVain++;
      return this.#backOff(this.#inVain);
    }
  }

  #failUnlessTriedAgain(error: unknown): void {
    if (!isTriedAgain(error) || this.#timeLeftMs() <= 0) throw error;
  }

  async #step(): Promise<Step> {
    if (!(await this.#followSettings())) return this.#end('stopped');
    // whoever comes next needs as long for one event as this runner would
    if (this.#timeLeftMs() < leaseMs(this.#trigger)) return this.#end('handed on');
    if (isDeadly(this.#hold.progress)) return this.#giveUpDeadly();
    const gathered = await this.#gather();
    switch (gathered.kind) {
      case 'nothing':
        return this.#pass(gathered);
      case 'given up':
        return this.#giveUp(gathered.records, { reason: gathered.reason, end: gathered.end });
      case 'event':
        return this.#deliverUnlessChanged(gathered);
    }
  }

  /** Nothing to deliver below `end`: on with what is behind it, or with the rest of a range that was split; or to the end. */
  async #pass({ end, isMore }: Extract<Gathered, { readonly kind: 'nothing' }>): Promise<Step> {
    const fixed = rangeEnd(this.#hold.progress);
    this.#advance(end);
    if (isMore) {
      await this.#hold.keep();
      return 'on';
    }
    if (fixed !== undefined && end >= fixed) return 'on';
    return this.#end('idle');
  }

  /** To wait for a full batch may have taken minutes, in which the trigger was paused; and other settings make another event. */
  async #deliverUnlessChanged(event: Event): Promise<Step> {
    const trigger = this.#trigger;
    if (!(await this.#followSettings())) return this.#end('stopped');
    if (this.#trigger !== trigger) return 'on';
    return this.#isExhausted(event.end) ? this.#giveUpExhausted(event) : this.#deliver(event);
  }

  /** Whether the range has failed too often, and waits for its destination only. */
  #isExhausted(end: number): boolean {
    const { progress } = this.#hold;
    return rangeEnd(progress) === end && progress.run.failures > retriesOf(this.#trigger);
  }

  #giveUpExhausted({ records, end, payload }: Event): Promise<Step> {
    const { error = 'it failed too often' } = this.#hold.progress.run.lastResult ?? {};
    return this.#giveUp(records, { reason: 'RetryAttemptsExhausted', end, error, payload });
  }

  async #deliver(event: Event): Promise<Step> {
    this.#advance(event.records[0]?.offset ?? this.offset);
    await this.#mark(event.end);
    const { trigger, topic, at } = { ...this.#part, trigger: this.#trigger };
    this.#report.invocations++;
    this.#followedAt = undefined;
    const answer = await this.#services.target.invoke({
      function: trigger.function,
      payload: event.payload,
      timeoutMs: trigger.functionTimeoutMs,
    });
    const invocation = { topic, partition: at.partition, records: event.records, end: event.end };
    const { progress } = this.#hold;
    const verdict = judgeAnswer({ trigger, progress, invocation, answer, now: this.#now() });
    this.#hold.progress = verdict.progress;
    this.#source.forgetBelow(this.offset);
    this.#report.delivered += event.records.filter(({ offset }) => offset < this.offset).length;
    if (verdict.outcome === 'done') {
      this.#inVain = 0;
      return 'on';
    }
    return this.#onFailure(event, verdict);
  }

  /** Notes that an invocation is about to be made, which the lease outlasts. */
  async #mark(end: number): Promise<void> {
    const before = this.#hold.progress;
    try {
      this.#hold.progress = marked(before, end);
      // each write may take its time, and a runner may stand still in any of them
      do await this.#hold.write();
      while (!this.#hold.isLongEnough);
    } catch (error) {
      // it is not made
      this.#hold.progress = before;
      throw error;
    }
  }

  async #onFailure(event: Event, { outcome, error = '' }: Verdict): Promise<Step> {
    this.#report.failures++;
    const { failures } = this.#hold.progress.run;
    const isGivenUp = outcome === 'failed' && failures > retriesOf(this.#trigger);
    const records = event.records.filter(({ offset }) => offset >= this.offset);
    this.#tell(records, { failures, error, isGivenUp });
    if (isGivenUp) {
      const end = rangeEnd(this.#hold.progress) ?? event.end;
      const failed = records.filter(({ offset }) => offset < end);
      return this.#giveUp(failed, { reason: 'RetryAttemptsExhausted', end, error, payload: event.payload });
    }
    // a range that was split is another, and is tried at once
    if (outcome === 'failed' && failures === 0) return 'on';
    this.#inVain++;
    return this.#backOff(outcome === 'failed' ? failures : this.#inVain);
  }

  /** The next record has killed every runner that delivered it. */
  async #giveUpDeadly(): Promise<Step> {
    const { records, nextOffset } = await this.#source.pageFrom(this.offset);
    const [record] = records;
    if (record?.offset !== this.offset) {
      // it is gone by now, and the next has killed nobody
      this.#advance(record?.offset ?? nextOffset);
      return 'on';
    }
    const { offset, run } = this.#hold.progress;
    const error = `${run.unknown} runners ended with this record, and said nothing`;
    const mayGiveUp = Number.isFinite(retriesOf(this.#trigger));
    this.#tell([record], { failures: run.unknown, error, isGivenUp: mayGiveUp });
    if (mayGiveUp) {
      return this.#giveUp([record], { reason: 'RetryAttemptsExhausted', end: record.offset + 1, error });
    }
    // its settings say that it is tried for ever: now and then, and not at the cost of all others
    this.#hold.progress = { offset, run: { ...run, unknown: 0, lastResult: { at: this.#now(), error } } };
    return this.#end('waiting', this.#now() + this.#services.longestPauseMs);
  }

  async #giveUp(
    records: readonly SourceRecord[],
    how: { readonly reason: GivenUpFor; readonly end: number; readonly error?: string; readonly payload?: string },
  ): Promise<Step> {
    const { reason, end, error, payload = '' } = how;
    const { failures, unknown } = this.#hold.progress.run;
    await this.#hold.keep();
    try {
      const attempts = failures + unknown;
      await giveUp(this.#services, {
        ...this.#part,
        trigger: this.#trigger,
        records,
        reason,
        attempts,
        error,
        payload,
      });
    } catch (cause) {
      const text = `could not send to ${this.#trigger.onFailure}: ${String(cause)}`;
      this.#hold.progress = withUnsent(this.#hold.progress, this.#now(), text);
      this.#tell(records, { failures, error: text, isGivenUp: false });
      this.#inVain++;
      return this.#backOff(this.#inVain);
    }
    this.#report.givenUp += records.length;
    if (error === undefined) this.#tell(records, { failures, error: reason, isGivenUp: true });
    this.#inVain = 0;
    this.#advance(end);
    return 'on';
  }

  async #backOff(tries: number): Promise<Step> {
    const ms = Math.min(this.#services.longestPauseMs, BACKOFF_FROM_MS * 2 ** Math.min(20, tries - 1));
    const pause = ms * (0.5 + this.#services.random.float() / 2);
    if (pause > WAITED_FOR_MS) {
      try {
        return await this.#end('waiting', this.#now() + pause);
      } catch (error) {
        // it cannot even be given back
        this.#failUnlessTriedAgain(error);
      }
    }
    await this.#services.clock.sleep(Math.min(pause, WAITED_FOR_MS));
    return 'on';
  }

  #gather(): Promise<Gathered> {
    const { progress } = this.#hold;
    return gather({
      ...this.#part,
      trigger: this.#trigger,
      matches: this.#matches,
      source: this.#source,
      from: progress.offset,
      until: rangeEnd(progress),
      isSolo: isSolo(progress),
      bootstrapServers: this.#services.bootstrapServers,
      now: this.#now(),
      keep: () => this.#hold.keep(),
      waitForMore: windowWaiter(this.#services, {
        at: this.#part.at,
        windowMs: this.#trigger.batchingWindowMs,
        roomMs: () => this.#timeLeftMs() - leaseMs(this.#trigger),
        keep: () => this.#hold.keep(),
      }),
    });
  }

  /** Whether the trigger is still to be run; from now on with its settings of now. They are read for each event, and where that was long ago. */
  async #followSettings(): Promise<boolean> {
    const { clock } = this.#services;
    const asOf = clock.monotonic();
    if (this.#followedAt !== undefined && asOf - this.#followedAt < SETTINGS_MS) return true;
    const now = await findTrigger(this.#services, this.#trigger.name);
    if (!now || now.triggerId !== this.#trigger.triggerId || !isRunning(now)) return false;
    if (now.version !== this.#trigger.version) {
      this.#trigger = now;
      this.#matches = compileFilters(now.filters);
      this.#hold.follow(now);
    }
    this.#followedAt = asOf;
    return true;
  }

  #advance(end: number): void {
    this.#hold.progress = advanced(this.#hold.progress, end);
    this.#source.forgetBelow(end);
  }

  /** Commits, and gives the partition back; one that was never taken, and has not moved, is left as it is. */
  async #end(end: RunEnd, notBefore = 0): Promise<RunEnd> {
    const isToBeWritten = this.#hold.isWritten || notBefore > 0 || this.#hold.hasMoved;
    if (isToBeWritten) await this.#hold.release(notBefore);
    return end;
  }

  #tell(records: readonly SourceRecord[], what: Pick<TriggerFailure, 'failures' | 'error' | 'isGivenUp'>): void {
    const { topic, at } = this.#part;
    const firstOffset = records[0]?.offset ?? this.offset;
    const lastOffset = records.at(-1)?.offset ?? firstOffset;
    const where = { trigger: this.#trigger.name, topic, partition: at.partition, firstOffset, lastOffset };
    this.#services.onTriggerFailure({ ...where, ...what });
  }

  #timeLeftMs(): number {
    return timeLeftMs(this.#services.clock, this.#deadline) - RESERVE_MS;
  }

  #now(): number {
    return Math.floor(this.#services.logs.time.now());
  }
}
