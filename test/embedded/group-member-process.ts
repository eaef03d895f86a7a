/** A member of a run, from outside. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { memberIdOf } from './group-processed.ts';
import { GROUP, TOPIC } from './group-settings.ts';

const MEMBER = join(import.meta.dirname, 'group-member.ts');

export interface MemberProcessOptions {
  readonly name: string;
  /** In which its file is. */
  readonly folder: string;
  readonly url: string;
  /** Records that it processes in a second at most. */
  readonly speed: number;
}

export class MemberProcess {
  readonly name: string;
  /** What it processed. */
  readonly file: string;
  readonly #process: ChildProcess;

  constructor({ name, folder, url, speed }: MemberProcessOptions) {
    this.name = name;
    this.file = join(folder, name.replace(' ', '-'));
    const args = [MEMBER, url, GROUP, TOPIC, this.file, String(speed)];
    this.#process = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  }

  /** Under which the group knows it; undefined before it has begun. */
  get memberId(): string | undefined {
    return memberIdOf(this.file);
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Lets it leave the group. @returns its exit status */
  async stop(): Promise<number | null> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const closed = once(this.#process, 'close');
      this.kill('SIGTERM');
      await closed;
    }
    return this.#process.exitCode;
  }
}
