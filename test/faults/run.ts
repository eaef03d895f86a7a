/**
 * A run under faults: producers, readers, the members of two groups and a trigger at work on a target, while its servers and the members
 * are killed and frozen, and replies are lost; then calm, in which everything has to come to its end. What came of it is a report.
 */
import { MillraceClient } from '../../lib/client/millrace-client.ts';
import type { Operation } from '../history/history.ts';
import { runCalm } from '../history/http-load.ts';
import { followPartition, followTopic, readWhole } from '../history/http-readers.ts';
import { RecordingClient } from '../history/recording-client.ts';
import { Members } from './members.ts';
import type { Fault } from './processed.ts';
import { produceAll } from './producers.ts';
import { type RunReport, reportOf } from './run-report.ts';
import { setUp } from './set-up.ts';
import { CLICK, CLICK_PARTITIONS, PRODUCERS, PROFILE, PROFILE_PARTITIONS } from './settings.ts';
import { Settling } from './settling.ts';
import { planStorm, rage } from './storm.ts';
import type { Target } from './target.ts';
import type { TriggerFunction } from './trigger-function.ts';
import { Watch } from './watch.ts';

const FIRST_FAULT_MS = 3_000;
const WATCH_EVERY_MS = 500;

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

  constructor(options: RunOptions, client: MillraceClient, clusterId: string) {
    this.#options = options;
    this.#client = client;
    this.#clusterId = clusterId;
    options.signal.addEventListener('abort', () => this.kill());
  }

  async run(): Promise<RunReport> {
    const { target, records, folder } = this.#options;
    const { urls, pace } = target;
    this.#history.push(await setUp(this.#client, target));
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
      everyMs: WATCH_EVERY_MS,
      timeoutMs: pace.calmTimeoutMs,
    });
    const faults = await this.#storm(members);
    this.#say(`${records} records are stored, and every fault has been`);
    this.#setCalm(true);
    const settling = new Settling({ client: this.#client, target, members });
    await this.#settle(settling, 'all is processed');
    const calmFrom = performance.now();
    await this.#calm();
    await this.#settle(settling, 'so is what was appended since');
    await watch.stop();
    const unowned = await settling.unowned();
    await this.#lastLook(settling);
    const failed = await members.stop();
    this.#say('the history is checked');
    return reportOf({
      seconds: (performance.now() - this.#startedAt) / 1_000,
      records,
      memberSpeed: pace.memberSpeed,
      servers: urls.length,
      history: [...this.#history, ...members.operations(), ...this.#options.triggerFunction.invokes],
      calmFrom,
      calmTo: members.stoppedAt,
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

  /** From its beginning on replies are lost. */
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
    const producers = Array.from({ length: PRODUCERS }, (_, index) => this.#recording(`producer-${index}`, index));
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
    const calm = { servers: () => urls, clusterId: this.#clusterId, seed, calmTimeoutMs: pace.calmTimeoutMs };
    await runCalm({ ...calm, topic: CLICK, partitions: CLICK_PARTITIONS }, this.#history);
    for (const url of urls) await this.#readAll(PROFILE, PROFILE_PARTITIONS, url);
  }

  async #readAll(topic: string, partitions: number, url: string): Promise<void> {
    const client = this.#recording(`last-${topic}`, 20, url);
    for (let partition = 0; partition < partitions; partition++) await readWhole(client, { topic, partition });
  }

  async #settle(settling: Settling, done: string): Promise<void> {
    const left = await settling.settle();
    this.#say(left === '' ? done : `not settled: ${left}`);
  }

  /** How far the trigger is, and then everything that there is. */
  async #lastLook(settling: Settling): Promise<void> {
    this.#history.push(...(await settling.progress()));
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
