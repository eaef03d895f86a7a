/** The members of a run's groups: processes that are killed, frozen and started again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Operation } from '../history/history.ts';
import { exchangesOf, operationsOf } from './member-history.ts';
import { type MemberOptions, memberIdOf, readLines } from './member-lines.ts';
import { type Processed, processedOf } from './processed.ts';
import { CLICK, COMMIT_EVERY_MS, GROUPS, MEMBERS_OF_GROUP, PAGE_BYTES } from './settings.ts';
import { chosen, freeze, type Strike } from './storm.ts';

const PROGRAM = join(import.meta.dirname, 'member.ts');

/** Longer than a session: the member is not one any more when it goes on. */
const FROZEN_FOR_MORE_MS = 2_500;
const RESTART_AFTER_MS = 500;

export interface MembersOptions {
  /** For what they write. */
  readonly folder: string;
  /** Base URLs of the servers; each member has one of them. */
  readonly urls: readonly string[];
  readonly speed: number;
  readonly timeoutMs: number;
  readonly maxWaitMs: number;
  readonly sessionMs: number;
}

interface Member {
  readonly name: string;
  readonly group: string;
  readonly file: string;
  readonly process: ChildProcess;
  readonly url: string;
  isBusy: boolean;
  isStopped: boolean;
  endedAt: number;
}

export class Members {
  readonly #options: MembersOptions;
  /** Those that live; and all that ever did. */
  readonly #living: Member[] = [];
  readonly #all: Member[] = [];
  /** When they were told to leave: what is under way then they break off themselves. */
  stoppedAt = Number.POSITIVE_INFINITY;
  #isOver = false;

  constructor(options: MembersOptions) {
    this.#options = options;
    for (const group of GROUPS) {
      for (let index = 0; index < MEMBERS_OF_GROUP; index++) this.#living.push(this.#start(group, index));
    }
  }

  readonly strikes: Readonly<Record<string, Strike>> = {
    'member killed': async (draw, tell) => {
      const member = this.#free(draw);
      if (!member) return;
      member.isStopped = true;
      tell(member.name);
      member.process.kill('SIGKILL');
      await sleep(RESTART_AFTER_MS);
      if (this.#isOver) return;
      const place = this.#living.indexOf(member);
      this.#living[place] = this.#start(member.group, place);
    },
    'member frozen': async (draw, tell) => {
      const member = this.#free(draw);
      if (!member) return;
      member.isBusy = true;
      tell(member.name);
      await freeze(signal => member.process.kill(signal), this.#options.sessionMs + FROZEN_FOR_MORE_MS);
      member.isBusy = false;
    },
  };

  /** Under which the groups know those that live. */
  get ids(): readonly string[] {
    return this.#living.flatMap(({ file }) => memberIdOf(file) ?? []);
  }

  /** Lets them leave. @returns those that ended otherwise than they were told to */
  async stop(): Promise<readonly string[]> {
    this.stoppedAt = performance.now();
    const failed = this.#all.filter(({ isStopped, process }) => !isStopped && hasEnded(process));
    const left = await Promise.all(this.#living.map(async each => ((await stopped(each)) === 0 ? [] : [each])));
    return [...new Set([...failed, ...left.flat()])].map(({ name }) => name);
  }

  kill(): void {
    this.#isOver = true;
    for (const { process } of this.#all) process.kill('SIGKILL');
  }

  operations(): readonly Operation[] {
    return this.#all.flatMap(each => exchangesOf(readLines(each.file), each).flatMap(operationsOf));
  }

  processed(): readonly Processed[] {
    return this.#all.flatMap(({ file, name, group }) => processedOf(readLines(file), name, group));
  }

  /** One that nothing befalls yet. */
  #free(draw: number): Member | undefined {
    return chosen(
      this.#living.filter(({ isBusy, isStopped }) => !isBusy && !isStopped),
      draw,
    );
  }

  #start(group: string, place: number): Member {
    const { folder, urls, ...rest } = this.#options;
    const name = `member ${this.#all.length} of ${group}`;
    const file = join(folder, name.replaceAll(' ', '-'));
    const url = urls[place % urls.length] as string;
    const limits = { commitEveryMs: COMMIT_EVERY_MS, pageBytes: PAGE_BYTES };
    const clockOriginMs = Number(process.hrtime.bigint()) / 1e6 - performance.now();
    const options: MemberOptions = { ...rest, ...limits, url, group, topic: CLICK, file, clockOriginMs };
    const child = spawn(process.execPath, [PROGRAM, JSON.stringify(options)], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const member: Member = {
      name,
      group,
      file,
      url,
      process: child,
      isBusy: false,
      isStopped: false,
      endedAt: Number.POSITIVE_INFINITY,
    };
    child.once('close', () => {
      member.endedAt = performance.now();
    });
    this.#all.push(member);
    return member;
  }
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null;

async function stopped(member: Member): Promise<number | null> {
  const { process } = member;
  if (!hasEnded(process)) {
    const closed = once(process, 'close');
    process.kill('SIGTERM');
    await closed;
  }
  return process.exitCode;
}
