/**
 * A group at work while its members and servers are killed and frozen: two servers on one folder, an idempotent producer, and members
 * that are processes.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { MillraceClient } from '../../lib/client/millrace-client.ts';
import { TopicProducer } from '../../lib/client/topic-producer.ts';
import { type ServerProcess, startProcess } from '../support/server-process.ts';
import { MemberProcess } from './group-member-process.ts';
import {
  type AgainByCause,
  countAgain,
  type Fault,
  type FaultKind,
  largestPage,
  readProcessed,
  unprocessed,
} from './group-processed.ts';
import { GROUP, PARTITIONS, SERVER_AWAY_MS, SESSION_MS, TOPIC } from './group-settings.ts';
import { CommitWatch, readLog, unownedPartitions } from './group-watch.ts';

/** Longer than a session: the member is not one any more when it goes on. */
const FROZEN_MS = SESSION_MS + 2_500;
const RESTART_MEMBER_MS = 500;

const LOOK_EVERY_MS = 250;
const ENDS_WITHIN_MS = 60_000;

export interface PlannedFault {
  readonly kind: FaultKind;
  /** Milliseconds after production began. */
  readonly atMs: number;
  /** Of the members, or of the servers. */
  readonly index: number;
}

export interface RunOptions {
  readonly records: number;
  readonly recordsPerSecond: number;
  readonly members: number;
  /** Records that a member processes in a second at most. */
  readonly memberSpeed: number;
  readonly faults: readonly PlannedFault[];
  readonly say?: (line: string) => void;
}

export interface RunReport {
  readonly seconds: number;
  readonly processed: number;
  /** Records that nobody processed, or not as they are. */
  readonly unprocessed: readonly string[];
  readonly faults: readonly Fault[];
  readonly again: AgainByCause;
  /** Records of the largest page that a member was given. */
  readonly largestPage: number;
  /** Looks at what was committed, and those that found less than the one before. */
  readonly looks: number;
  readonly wentBack: readonly string[];
  /** At the end, partitions that no living member has. */
  readonly unowned: readonly number[];
  /** Members that ended by themselves. */
  readonly failed: readonly string[];
}

/** @example const report = await runGroup({ records: 5_000, recordsPerSecond: 400, members: 3, memberSpeed: 1_000, faults }); */
export async function runGroup(options: RunOptions): Promise<RunReport> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-group-'));
  const run = new GroupRun(folder, options);
  try {
    return await run.run();
  } finally {
    await run.end();
    await rm(folder, { recursive: true, force: true });
  }
}

class GroupRun {
  readonly #folder: string;
  readonly #options: RunOptions;
  readonly #say: (line: string) => void;
  readonly #servers: ServerProcess[] = [];
  /** Those that live, by their index. */
  readonly #members: MemberProcess[] = [];
  readonly #all: MemberProcess[] = [];
  readonly #faults: Fault[] = [];
  readonly #startedAt = Date.now();

  constructor(folder: string, options: RunOptions) {
    this.#folder = folder;
    this.#options = options;
    this.#say = options.say ?? (() => {});
  }

  async run(): Promise<RunReport> {
    const { members, faults } = this.#options;
    for (const _ of [0, 1]) this.#servers.push(await startProcess(this.#dataFolder));
    const client = this.#client(0);
    await client.createTopic({ topic: TOPIC, partitions: PARTITIONS });
    for (let index = 0; index < members; index++) this.#startMember(index);
    const produced = this.#produce(client);
    const watch = new CommitWatch(client);
    await Promise.all([produced, ...faults.map(fault => this.#befall(fault))]);
    this.#say(`${this.#clock()} all is produced and every fault has been`);
    const unowned = await this.#settle(client);
    await watch.stop();
    const logs = await Promise.all(Array.from({ length: PARTITIONS }, (_, partition) => readLog(client, partition)));
    const failed = await this.#stopMembers();
    const processed = this.#all.flatMap(({ name, file }) => readProcessed(name, file));
    const { looks, wentBack } = watch;
    return {
      seconds: (Date.now() - this.#startedAt) / 1_000,
      processed: processed.length,
      unprocessed: unprocessed(logs, processed),
      faults: this.#faults,
      again: countAgain(processed, this.#faults),
      largestPage: largestPage(processed),
      looks,
      wentBack,
      unowned,
      failed,
    };
  }

  async end(): Promise<void> {
    for (const member of this.#all) member.kill('SIGKILL');
    await Promise.all(this.#servers.filter(isRunning).map(server => server.stop('SIGKILL')));
  }

  get #dataFolder(): string {
    return join(this.#folder, 'data');
  }

  #clock(): string {
    return `${((Date.now() - this.#startedAt) / 1_000).toFixed(1).padStart(6)} s`;
  }

  #client(server: number): MillraceClient {
    return new MillraceClient({ url: this.#servers[server]?.url ?? '' });
  }

  #startMember(index: number): void {
    const name = `member ${index}.${this.#all.length}`;
    const url = this.#servers[index % 2]?.url ?? '';
    const member = new MemberProcess({ name, folder: this.#folder, url, speed: this.#options.memberSpeed });
    this.#members[index] = member;
    this.#all.push(member);
  }

  async #produce(client: MillraceClient): Promise<void> {
    const { records, recordsPerSecond } = this.#options;
    const producer = await TopicProducer.open(client, { topic: TOPIC, recordsPerBatch: 20 });
    const startedAt = performance.now();
    for (let index = 0; index < records; index++) {
      const earlyByMs = startedAt + (index * 1_000) / recordsPerSecond - performance.now();
      if (earlyByMs > 1) await setTimeout(earlyByMs);
      await producer.send({ key: `key ${index}`, value: index });
    }
    await producer.flush();
  }

  async #befall({ kind, atMs, index }: PlannedFault): Promise<void> {
    await setTimeout(atMs);
    const at = Date.now();
    const who = kind === 'server killed' ? `server ${index}` : (this.#members[index]?.name ?? '');
    this.#faults.push({ kind, who, at });
    this.#say(`${this.#clock()} ${kind}: ${who}`);
    switch (kind) {
      case 'member killed':
        this.#members[index]?.kill('SIGKILL');
        await setTimeout(RESTART_MEMBER_MS);
        return this.#startMember(index);
      case 'member frozen': {
        const frozen = this.#members[index];
        frozen?.kill('SIGSTOP');
        await setTimeout(FROZEN_MS);
        frozen?.kill('SIGCONT');
        return;
      }
      case 'server killed':
        return this.#restartServer(index);
    }
  }

  async #restartServer(index: number): Promise<void> {
    const server = this.#servers[index] as ServerProcess;
    await server.stop('SIGKILL');
    await setTimeout(SERVER_AWAY_MS);
    this.#servers[index] = await startProcess(this.#dataFolder, ['--port', new URL(server.url).port]);
    this.#say(`${this.#clock()} server ${index} is back`);
  }

  /** Waits until all is processed and every partition is a living member's. @returns the partitions that nobody has in the end */
  async #settle(client: MillraceClient): Promise<readonly number[]> {
    for (const until = Date.now() + ENDS_WITHIN_MS; ; await setTimeout(LOOK_EVERY_MS)) {
      const lags = await client.groups.lags(GROUP);
      const unowned = unownedPartitions(
        lags,
        this.#members.map(({ memberId }) => memberId),
      );
      const isDone = unowned.length === 0 && lags.every(({ lag }) => lag === 0);
      if (isDone || Date.now() > until) return unowned;
    }
  }

  /** @returns those that ended otherwise than they were told to */
  async #stopMembers(): Promise<readonly string[]> {
    const killed = new Set(this.#faults.filter(({ kind }) => kind === 'member killed').map(({ who }) => who));
    const early = this.#all.filter(each => !this.#members.includes(each) && !killed.has(each.name));
    const stopped = await Promise.all(this.#members.map(async each => ((await each.stop()) === 0 ? [] : [each])));
    return [...stopped.flat(), ...early].map(({ name }) => name);
  }
}

const isRunning = ({ process }: ServerProcess) => process.exitCode === null && process.signalCode === null;
