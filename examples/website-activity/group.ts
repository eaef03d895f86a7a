/**
 * The readers of `click`: a group of three that share it while it is produced. One is killed when a third of the log is, another joins
 * at two thirds; what the killed one had goes on with the others when its session is over.
 */
import { checkActivity } from './activity-record.ts';
import type { PartitionReading } from './audit.ts';
import { GroupReading } from './group-reading.ts';
import type { Live } from './live.ts';
import type { ReaderMessage } from './reader.ts';
import { ReaderProcess } from './reader-process.ts';
import { PARTITIONS } from './topics.ts';

const READERS = 3;

/** Of the log, when a reader is killed, and when another joins. */
const KILLED_AT = 1 / 3;
const JOINED_AT = 2 / 3;

/** The reader that is killed; from 1 on. */
const VICTIM = 2;

export interface GroupOptions {
  readonly url: string;
  readonly topic: string;
  readonly live: Live;
  readonly signal: AbortSignal;
}

/** What became of the group. */
export interface GroupFacts {
  readonly group: string;
  readonly readers: number;
  readonly killed: number;
  /** Records that came again. */
  readonly again: number;
}

export class Group {
  readonly #options: GroupOptions;
  readonly #group: string;
  readonly #reading = new GroupReading(PARTITIONS);
  readonly #readers: ReaderProcess[] = [];
  readonly #gathered = Promise.withResolvers<void>();
  readonly #failed = Promise.withResolvers<never>();

  constructor(options: GroupOptions) {
    this.#options = options;
    this.#group = `${options.topic}-readers`;
    const { signal } = options;
    signal.addEventListener('abort', () => this.#failed.reject(signal.reason), { once: true });
    // told to whoever waits for the group
    this.#failed.promise.catch(() => {});
  }

  /** Resolves when each of the first readers has a partition. */
  async gather(): Promise<void> {
    for (let number = 1; number <= READERS; number++) this.#start();
    await Promise.race([this.#gathered.promise, this.#failed.promise]);
  }

  /** Kills one reader and starts another, each when it is time. @param share of the log that is produced */
  afterProduced(share: number): void {
    const victim = this.#readers[VICTIM - 1];
    if (share >= KILLED_AT && victim && !victim.isKilled) {
      victim.kill();
      this.#options.live.killReader(VICTIM);
    }
    if (share >= JOINED_AT && this.#readers.length === READERS) this.#start();
  }

  /** Resolves when all below these offsets was read. */
  async endAt(ends: readonly number[]): Promise<void> {
    await Promise.race([this.#reading.endAt(ends), this.#failed.promise]);
  }

  get readings(): readonly PartitionReading[] {
    return this.#reading.readings;
  }

  get facts(): GroupFacts {
    const killed = this.#readers.filter(({ isKilled }) => isKilled).length;
    return { group: this.#group, readers: this.#readers.length, killed, again: this.#reading.again };
  }

  async close(): Promise<void> {
    await Promise.all(this.#readers.map(reader => reader.close()));
  }

  /** Ends every reader at once. */
  kill(): void {
    for (const reader of this.#readers) reader.kill();
  }

  #start(): void {
    const { url, topic } = this.#options;
    const number = this.#readers.length + 1;
    const onMessage = (message: ReaderMessage) => this.#take(number, message);
    this.#readers.push(new ReaderProcess({ number, url, group: this.#group, topic, onMessage }));
  }

  #take(number: number, message: ReaderMessage): void {
    switch (message.kind) {
      case 'assignment':
        this.#assign(number, message.partitions);
        break;
      case 'page':
        this.#count(message);
        break;
      case 'failure':
        this.#failed.reject(new Error(message.message));
    }
  }

  #assign(number: number, partitions: readonly number[]): void {
    const { live } = this.#options;
    live.assign(number, partitions);
    const busy = new Set(live.readers.flatMap(reader => reader?.number ?? []));
    if (busy.size === READERS) this.#gathered.resolve();
  }

  #count({ partition, records }: Extract<ReaderMessage, { readonly kind: 'page' }>): void {
    const { live } = this.#options;
    try {
      const fresh = this.#reading.add(partition, records.map(checkActivity));
      live.read.click[partition] = (live.read.click[partition] ?? 0) + fresh.length;
      live.again = this.#reading.again;
      live.countViews(fresh);
    } catch (error) {
      this.#failed.reject(error);
    }
  }
}
