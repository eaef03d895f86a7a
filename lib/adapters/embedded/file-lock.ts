/**
 * A lock between processes on one file: held by many as shared, or by one alone. The kernel frees it when its holder dies.
 *
 * Node has no file locks of its own, so this is the lock of an SQLite database that never holds anything. While somebody
 * waits to be alone, nobody new is let in to share.
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite';

const SQLITE_BUSY = 5;

export class FileLock implements Disposable {
  readonly #database: DatabaseSync;
  /** Prepared at its first use: preparing it takes the lock for an instant. */
  #read: StatementSync | undefined;

  /** @param waitMs how long a call may stand still, and the whole process with it, until the lock is free */
  constructor(path: string, waitMs: number) {
    this.#database = new DatabaseSync(path, { timeout: waitMs });
  }

  /** Takes the lock to share it, or answers false: somebody is alone with it, or waits to be. */
  tryShare(): boolean {
    return this.#tryBegin('BEGIN', () => {
      this.#read ??= this.#database.prepare('SELECT 1 FROM sqlite_schema');
      this.#read.get();
    });
  }

  /** Takes the lock alone, or answers false. */
  tryAlone(): boolean {
    return this.#tryBegin('BEGIN EXCLUSIVE', () => undefined);
  }

  release(): void {
    this.#database.exec('ROLLBACK');
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  #tryBegin(statement: string, then: () => void): boolean {
    try {
      this.#database.exec(statement);
      then();
      return true;
    } catch (error) {
      if (this.#database.isTransaction) this.release();
      if (isBusy(error)) return false;
      throw error;
    }
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
}
