/**
 * Keeps the opening of the LMDB environment apart from the commits of other processes.
 *
 * A process that opens the environment reads the number of the newest transaction and a moment later stores it where all
 * processes look for it, without the writers' lock. A transaction that was committed in between is forgotten: the next one
 * builds on its predecessor, and acknowledged writes are gone. (LMDB's ITS#9496, mended there in 0.9.29; lmdb 3.5.6 still
 * has it. Without the gate, processes that came and went beside a busy one lost a transaction in one run of a hundred.)
 *
 * So writers share a lock while they have writes under way, and an opener takes it alone. A busy process lets go of the lock
 * for an instant every few milliseconds, so that an opener gets its turn.
 */
import { MillraceError } from '../../protocol/errors.ts';
import { pause } from '../pause.ts';
import { FileLock } from './file-lock.ts';

/** How long writers may overtake a waiting opener. */
const MAX_SHARED_MS = 10;
/** How long writers wait before they look whether an opener is done. */
const RETRY_MS = 1;
/** How long an opener stands still for the lock, before it lets its own process do other work. */
const MAX_STANDSTILL_MS = 100;
/** After so long a process that holds the lock is frozen or worse. */
const MAX_OPENING_WAIT_MS = 30_000;

export class OpeningGate {
  readonly #path: string;
  readonly #lock: FileLock;
  #underWay = 0;
  #sharedSince = 0;
  /** Set while the lock is to be let go: no write starts until all that are under way have ended. */
  #letGo: PromiseWithResolvers<void> | undefined;

  constructor(path: string) {
    this.#path = path;
    this.#lock = new FileLock(path, 0);
  }

  /** Runs the write while no process opens the environment. */
  async whileOpen<T>(write: () => Promise<T>): Promise<T> {
    while (!this.#tryEnter()) await (this.#letGo?.promise ?? pause(RETRY_MS));
    try {
      return await write();
    } finally {
      this.#leave();
    }
  }

  /** Runs `open` while no process has a write under way. */
  async whileIdle<T>(open: () => T): Promise<T> {
    using lock = new FileLock(this.#path, MAX_STANDSTILL_MS);
    const deadline = performance.now() + MAX_OPENING_WAIT_MS;
    while (!lock.tryAlone()) {
      if (performance.now() > deadline) {
        throw new MillraceError(
          'STORAGE_ERROR',
          `${this.#path} is held by a process that stands still: end that process`,
        );
      }
      await pause(RETRY_MS);
    }
    try {
      return open();
    } finally {
      lock.release();
    }
  }

  close(): void {
    this.#lock[Symbol.dispose]();
  }

  #tryEnter(): boolean {
    if (this.#letGo !== undefined) return false;
    if (this.#underWay === 0) {
      if (!this.#lock.tryShare()) return false;
      this.#sharedSince = performance.now();
    } else if (performance.now() - this.#sharedSince > MAX_SHARED_MS) {
      this.#letGo = Promise.withResolvers();
      return false;
    }
    this.#underWay++;
    return true;
  }

  #leave(): void {
    this.#underWay--;
    if (this.#underWay > 0) return;
    this.#lock.release();
    this.#letGo?.resolve();
    this.#letGo = undefined;
  }
}
