/**
 * One partition's log as one process sees it: appends, reads and lookups share its beliefs.
 */
import { MillraceError } from '../protocol/errors.ts';
import { limits } from '../protocol/limits.ts';
import type { Append, Appended } from './append-batch.ts';
import { WallTime } from './belief.ts';
import { logKeyOf } from './catalogue.ts';
import type { Deadline } from './deadline.ts';
import type { LogDeps } from './deps.ts';
import { EntryWriter } from './entry-writer.ts';
import { GroupCommit } from './group-commit.ts';
import { type IdempotentAppend, IdempotentAppender } from './idempotent-append.ts';
import { LogReader } from './log-reader.ts';
import { ManifestStore } from './manifest-store.ts';
import { ObjectClaims } from './object-claim.ts';
import { TailBelief } from './tail-belief.ts';
import type { TopicPartition } from './topic-partition.ts';

/** Logs that a process remembers; the one used least recently goes first. */
const REMEMBERED_LOGS = 4_096;

/** What all logs of a process have in common, from when it starts. */
interface SharedByLogs {
  readonly time: WallTime;
  readonly claims: ObjectClaims;
  readonly manifests: ManifestStore;
}

export class PartitionLog {
  readonly reader: LogReader;
  readonly #commits: GroupCommit;
  readonly #idempotent: IdempotentAppender;

  constructor(deps: LogDeps, at: TopicPartition, shared: SharedByLogs) {
    const belief = new TailBelief(deps, at, shared);
    this.reader = new LogReader(deps, at, shared);
    this.#commits = new GroupCommit(new EntryWriter(deps, at, belief), deps);
    this.#idempotent = new IdempotentAppender({ deps, at, belief, commits: this.#commits });
  }

  /**
   * Stores the batches side by side, all or none, and answers when they are durable and can be read.
   *
   * @throws MillraceError; with outcome `unknown` the batches may be in the log, with any other they are not
   * @example const { baseOffset } = await log.append({ batches: [batch], stampAppendTime: false }, deadline);
   */
  append(append: Append, deadline: Deadline): Promise<Appended> {
    if (append.batches.length > limits.batchesPerEntry) {
      const detail = `${append.batches.length} batches in one append, the limit is ${limits.batchesPerEntry}`;
      return Promise.reject(new MillraceError('INVALID_REQUEST', detail));
    }
    return isIdempotent(append)
      ? this.#idempotent.append(append, { deadline })
      : this.#commits.append(append, { deadline });
  }
}

/** The logs of a process. */
export class PartitionLogs {
  readonly #deps: LogDeps;
  readonly #shared: SharedByLogs;
  readonly #logs = new Map<string, PartitionLog>();

  constructor(deps: LogDeps) {
    this.#deps = deps;
    const time = new WallTime(deps.clock);
    this.#shared = { time, claims: new ObjectClaims(deps, time), manifests: new ManifestStore(deps) };
  }

  /** The wall time as this process knows it, also where its clock stood still. */
  get time(): WallTime {
    return this.#shared.time;
  }

  get manifests(): ManifestStore {
    return this.#shared.manifests;
  }

  get claims(): ObjectClaims {
    return this.#shared.claims;
  }

  of(at: TopicPartition): PartitionLog {
    // holds the time fast before a freeze may stop another clock
    this.#shared.time.now();
    const key = logKeyOf(at);
    const log = this.#logs.get(key) ?? new PartitionLog(this.#deps, at, this.#shared);
    this.#logs.delete(key);
    this.#logs.set(key, log);
    const [oldest] = this.#logs.keys();
    if (this.#logs.size > REMEMBERED_LOGS && oldest !== undefined) this.#logs.delete(oldest);
    return log;
  }
}

/** A batch that carries a producer's sequence is appended alone. */
const isIdempotent = (append: Append): append is IdempotentAppend =>
  append.batches.length === 1 && append.batches[0]?.producer !== undefined;
