/**
 * A run under faults: producers, readers, the members of two groups and a trigger at work on a target, while its servers and the members
 * are killed and frozen, and replies are lost; then calm, in which everything has to come to its end. What came of it is a report.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { MillraceClient } from '../../lib/client/millrace-client.ts';
import { RequestError } from '../../lib/client/request-error.ts';
import type { MakeOperation, Operation, ProgressOperation } from '../history/history.ts';
import { runCalm } from '../history/http-load.ts';
import { followPartition, followTopic, readWhole } from '../history/http-readers.ts';
import { RecordingClient } from '../history/recording-client.ts';
import { Members } from './members.ts';
import type { Fault } from './processed.ts';
import { produceAll } from './producers.ts';
import { type RunReport, reportOf } from './run-report.ts';
import * as settings from './settings.ts';
import { planStorm, rage } from './storm.ts';
import type { Target } from './target.ts';
import type { TriggerFunction } from './trigger-function.ts';
import { Watch } from './watch.ts';

const { CLICK, CLICK_PARTITIONS, PROFILE, PROFILE_PARTITIONS, TRIGGER } = settings;

const FIRST_FAULT_MS = 3_000;
const SETTLE_LOOK_MS = 500;
const UPKEEP_EVERY_MS = 5_000;
const EVENT_RECORDS = 500;

export interface RunOptions {
  readonly target: Target;
  readonly triggerFunction: TriggerFunction;
  /** For what members write. */
  readonly folder: string;
  readonly records: number;
  readonly seed: number;
  readonly say: (line: string) => void;
  /** Ends the run when it fires. */
  readonly signal: AbortSignal;
}

export async function run(options: RunOptions): Promise<RunReport> {
  const client = new MillraceClient({
    url: options.target.urls[0] as string,
    timeoutMs: options.target.pace.calmTimeoutMs,
  });
  const started = new Run(options, client, await client.clusterId());
  try {
    return await started.run();
  } finally {
    started.kill();
  }
}

class Run {
  readonly #options: RunOptions;
  readonly #client: MillraceClient;
  readonly #clusterId: string;
  readonly #history: Operation[] = [];
  readonly #over = new AbortController();
  readonly #startedAt = performance.now();
  #members: Members | undefined;
  #upkeepAt = 0;

  constructor(options: RunOptions, client: MillraceClient, clusterId: string) {
    this.#options = options;
    this.#client = client;
    this.#clusterId = clusterId;
    options.signal.addEventListener('abort', () => this.kill());
  }

  async run(): Promise<RunReport> {
    const { target, records, folder } = this.#options;
    const { urls, pace } = target;
    await this.#setUp();
    const members = new Members({
      folder,
      urls,
      speed: pace.memberSpeed,
      timeoutMs: pace.calmTimeoutMs,
      maxWaitMs: pace.memberMaxWaitMs,
      sessionMs: pace.sessionMs,
    });
    this.#members = members;
    const watch = new Watch({
      client: this.#client,
      url: urls[0] as string,
      clusterId: this.#clusterId,
      history: this.#history,
      everyMs: SETTLE_LOOK_MS,
      timeoutMs: pace.calmTimeoutMs,
    });
    const faults = await this.#storm(members);
    this.#say(`${records} records are stored, and every fault has been: it is calm`);
    await this.#settle(members, 'all is processed');
    const calmFrom = performance.now();
    await this.#calm();
    await this.#settle(members, 'so is what was appended since');
    await watch.stop();
    const unowned = await this.#unowned(members);
    await this.#lastLook();
    const failed = await members.stop();
    this.#say('the history is checked');
    return reportOf({
      seconds: (performance.now() - this.#startedAt) / 1_000,
      records,
      memberSpeed: pace.memberSpeed,
      servers: urls.length,
      history: [...this.#history, ...members.operations(), ...this.#options.triggerFunction.invokes],
      calmFrom,
      processed: members.processed(),
      faults,
      proxies: target.proxies,
      kinds: Object.keys({ ...members.strikes, ...target.strikes }),
      watch,
      unowned,
      failed,
    });
  }

  kill(): void {
    this.#over.abort();
    this.#members?.kill();
  }

  #say(line: string): void {
    const seconds = ((performance.now() - this.#startedAt) / 1_000).toFixed(1).padStart(6);
    this.#options.say(`${seconds} s  ${line}`);
  }

  async #setUp(): Promise<void> {
    const { segmentBytes } = this.#options.target.pace;
    const rolled = { 'segment.bytes': String(segmentBytes) };
    const compacted = {
      'cleanup.policy': 'compact',
      'min.cleanable.dirty.ratio': '0.01',
      'min.compaction.lag.ms': String(settings.MIN_LAG_MS),
      'delete.retention.ms': String(settings.DELETE_RETENTION_MS),
      'segment.bytes': String(Math.ceil(segmentBytes / 4)),
    };
    await this.#client.createTopic({ topic: CLICK, partitions: CLICK_PARTITIONS, config: rolled });
    await this.#client.createTopic({ topic: PROFILE, partitions: PROFILE_PARTITIONS, config: compacted });
    await this.#makeTrigger();
  }

  async #makeTrigger(): Promise<void> {
    const start = performance.now();
    await this.#client.triggers.create({
      trigger: TRIGGER,
      topics: [CLICK],
      function: this.#options.target.triggerFunction,
      batchSize: EVENT_RECORDS,
      functionTimeoutMs: this.#options.target.pace.functionTimeoutMs,
      maximumRetryAttempts: -1,
    });
    const made: MakeOperation = {
      operation: 'make',
      client: 'run',
      start,
      end: performance.now(),
      trigger: TRIGGER,
      life: 1,
      topics: [CLICK],
      begins: 'earliest',
      answer: { outcome: 'ok', result: {} },
    };
    this.#history.push(made);
  }

  /** Loses replies from its beginning to its end. */
  async #storm(members: Members): Promise<readonly Fault[]> {
    const { target, records, seed } = this.#options;
    const { recordsPerSecond, recordsPerBatch, inFlight, faultEveryMs } = target.pace;
    const strikes = { ...members.strikes, ...target.strikes };
    const plan = planStorm({
      kinds: Object.keys(strikes),
      firstMs: FIRST_FAULT_MS,
      everyMs: faultEveryMs,
      forMs: (records * 1_000) / recordsPerSecond,
      seed,
    });
    this.#setCalm(false);
    const readers = this.#read();
    const producers = Array.from({ length: settings.PRODUCERS }, (_, index) =>
      this.#recording(`producer-${index}`, index),
    );
    const producing = produceAll(producers, {
      records,
      recordsPerSecond,
      recordsPerBatch,
      inFlight,
      over: this.#over.signal,
    });
    const raging = rage(plan, strikes, ({ kind, who }) => this.#say(`${kind}: ${who}`));
    // each is heard out, so that nothing is started once the run has ended
    await Promise.allSettled([producing, raging]);
    this.#over.abort();
    await readers;
    await producing;
    this.#setCalm(true);
    return raging;
  }

  async #read(): Promise<void> {
    const { readEveryMs } = this.#options.target.pace;
    const options = { reads: Number.POSITIVE_INFINITY, maxWaitMs: 500, over: this.#over.signal, pauseMs: readEveryMs };
    await Promise.all([
      followPartition(this.#recording('partition-reader', 10), { topic: CLICK, partition: 0 }, options),
      followPartition(this.#recording('compacted-reader', 11), { topic: PROFILE, partition: 0 }, options),
      followTopic(this.#recording('topic-reader', 12), { topic: CLICK, partitions: CLICK_PARTITIONS }, options),
    ]);
  }

  async #calm(): Promise<void> {
    const { target, seed } = this.#options;
    const { urls, pace } = target;
    const { clusterId } = { clusterId: this.#clusterId };
    const calm = { servers: () => urls, clusterId, seed, calmTimeoutMs: pace.calmTimeoutMs };
    await runCalm({ ...calm, topic: CLICK, partitions: CLICK_PARTITIONS }, this.#history);
    for (const url of urls) await this.#readAll(PROFILE, PROFILE_PARTITIONS, url);
  }

  async #readAll(topic: string, partitions: number, url: string): Promise<void> {
    const client = this.#recording(`last-${topic}`, 20, url);
    for (let partition = 0; partition < partitions; partition++) await readWhole(client, { topic, partition });
  }

  /** Waits until both groups and the trigger have come to the end, and every partition is a living member's. */
  async #settle(members: Members, done: string): Promise<void> {
    const { target } = this.#options;
    for (const until = performance.now() + target.pace.settlesWithinMs; ; await sleep(SETTLE_LOOK_MS)) {
      await this.#keepUp();
      const left = await this.#left(members).catch((error: unknown) => {
        if (error instanceof RequestError) return String(error);
        throw error;
      });
      if (left === '') return this.#say(done);
      if (performance.now() < until) continue;
      return this.#say(`not settled: ${left}`);
    }
  }

  async #keepUp(): Promise<void> {
    if (performance.now() - this.#upkeepAt < UPKEEP_EVERY_MS) return;
    this.#upkeepAt = performance.now();
    await this.#options.target.upkeep();
  }

  async #left(members: Members): Promise<string> {
    const { lag } = await this.#client.triggers.describe(TRIGGER);
    const lags = await Promise.all(settings.GROUPS.map(group => this.#client.groups.lags(group)));
    const behind = lags.flat().reduce((sum, each) => sum + each.lag, 0);
    const unowned = await this.#unowned(members);
    if (lag + behind + unowned.length === 0) return '';
    return `the trigger is ${lag} behind, the groups ${behind}, ${unowned.length} partitions are nobody's`;
  }

  /** The partitions of each group that no living member has. */
  async #unowned(members: Members): Promise<readonly string[]> {
    const { ids } = members;
    const all = settings.GROUPS.map(async group => {
      const lags = await this.#client.groups.lags(group);
      const owned = new Set(
        lags.filter(({ member }) => member && ids.includes(member)).map(({ partition }) => partition),
      );
      const partitions = Array.from({ length: CLICK_PARTITIONS }, (_, partition) => partition);
      return partitions.filter(partition => !owned.has(partition)).map(partition => `${partition} of ${group}`);
    });
    return (await Promise.all(all)).flat();
  }

  /** How far the trigger is, and then everything that there is. */
  async #lastLook(): Promise<void> {
    const start = performance.now();
    const { partitions } = await this.#client.triggers.describe(TRIGGER);
    const end = performance.now();
    for (const { topic, partition, currentOffset, lag } of partitions) {
      const result = { offset: currentOffset, logEndOffset: currentOffset + lag };
      const log = `${topic}#1/${partition}`;
      const told: ProgressOperation = {
        operation: 'progress',
        client: 'run',
        start,
        end,
        log,
        trigger: TRIGGER,
        answer: { outcome: 'ok', result },
      };
      this.#history.push(told);
    }
    const [url = ''] = this.#options.target.urls;
    await this.#readAll(CLICK, CLICK_PARTITIONS, url);
    await this.#readAll(PROFILE, PROFILE_PARTITIONS, url);
  }

  #recording(name: string, index: number, url?: string): RecordingClient {
    const { target, seed } = this.#options;
    const { timeoutMs, calmTimeoutMs } = target.pace;
    return new RecordingClient({
      name,
      history: this.#history,
      servers: () => (url === undefined ? target.urls : [url]),
      clusterId: this.#clusterId,
      timeoutMs: url === undefined ? timeoutMs : calmTimeoutMs,
      seed: seed * 100 + index,
    });
  }

  #setCalm(isCalm: boolean): void {
    for (const proxy of Object.values(this.#options.target.proxies)) proxy.isCalm = isCalm;
  }
}
