/**
 * The newest record of each of some keys: what was acknowledged before the request came, or something newer.
 *
 * Cost: one get for the topic; of each partition one query for its end and what was appended since the last look; for each
 * batch that has a record asked for, a read. The first look at a partition reads all of it.
 */
import { type Deadline, timeLeftMs } from '../log/deadline.ts';
import type { LogReader } from '../log/log-reader.ts';
import type { LogServices } from '../log/log-services.ts';
import type { Topic } from '../log/topic-directory.ts';
import { MillraceError } from '../protocol/errors.ts';
import { recordAt } from '../record/decode-batch.ts';
import { partitionForKey } from '../record/partitioner.ts';
import type { LogRecord } from '../record/record.ts';
import { withCompactedTopic } from './compacted-topic.ts';
import type { KeyView } from './key-view.ts';
import type { KeyViews } from './key-views.ts';
import { copied, scanPage, sizeOfData } from './scan-page.ts';

/** Partitions looked at side by side, and records read before it is asked whether there is room and time for more. */
const AT_ONCE = 8;

/** Time in which a further group of records can be read. */
const GROUP_MS = 500;

/** Times that a record is read anew because it was superseded, and removed, in between. */
const TRIES = 4;

export interface LatestServices extends LogServices {
  readonly keyViews: KeyViews;
}

export interface LatestRequest {
  readonly topic: string;
  readonly keys: readonly Uint8Array[];
  /** Of all keys; where it is left out, each key's is the one that records with the key are produced to. */
  readonly partition?: number | undefined;
  /** Of records: where there are so many, the other keys are left out. */
  readonly maxBytes: number;
}

export interface LatestRecord {
  readonly partition: number;
  /** A tombstone too; null where the log has none of the key. */
  readonly record: LogRecord | null;
}

/** A key, and where it stands last; -1 where it does not. */
interface PlacedKey {
  readonly key: Uint8Array;
  readonly partition: number;
  readonly offset: number;
}

/**
 * @returns one for each of the first keys, in their order: of one key at least, of all if room and time allow
 * @throws MillraceError INVALID_REQUEST where the topic is not compacted; STORE_UNAVAILABLE where time is up, try again
 */
export function latestRecords(
  services: LatestServices,
  request: LatestRequest,
  deadline: Deadline,
): Promise<readonly LatestRecord[]> {
  return withCompactedTopic(services.topics, request, async topic => {
    const lookup = new Lookup(services, topic, deadline);
    const placed = await lookup.place(request);
    const found: LatestRecord[] = [];
    let bytes = 0;
    while (found.length < placed.length) {
      const group = await lookup.read(placed.slice(found.length, found.length + AT_ONCE));
      found.push(...group);
      bytes += group.reduce((sum, { record }) => sum + (record ? sizeOfData(record) : 0), 0);
      if (bytes >= request.maxBytes || timeLeftMs(services.clock, deadline) < GROUP_MS) break;
    }
    return found;
  });
}

class Lookup {
  readonly #services: LatestServices;
  readonly #topic: Topic;
  readonly #deadline: Deadline;

  constructor(services: LatestServices, topic: Topic, deadline: Deadline) {
    this.#services = services;
    this.#topic = topic;
    this.#deadline = deadline;
  }

  /** Finds where each key stands last. */
  async place({ keys, partition }: LatestRequest): Promise<readonly PlacedKey[]> {
    const asked = keys.map(key => ({ key, partition: partition ?? partitionForKey(key, this.#topic.partitions) }));
    const offsets = new Map<(typeof asked)[number], number>();
    const groups = [...Map.groupBy(asked, each => each.partition)];
    for (let first = 0; first < groups.length; first += AT_ONCE) {
      await Promise.all(
        groups.slice(first, first + AT_ONCE).map(([at, group]) =>
          this.#use(at, async view => {
            const newest = await this.#newestOf(view, group);
            for (const each of group) offsets.set(each, newest(each.key));
          }),
        ),
      );
    }
    return asked.map(each => ({ ...each, offset: offsets.get(each) ?? -1 }));
  }

  /** The records of the keys, in their order. */
  async read(placed: readonly PlacedKey[]): Promise<readonly LatestRecord[]> {
    const records = new Map<PlacedKey, LogRecord | null>();
    const groups = [...Map.groupBy(placed, ({ partition }) => partition)];
    await Promise.all(
      groups.map(([partition, group]) =>
        this.#use(partition, async view => {
          const found = await this.#readIn(view, group);
          for (const [index, each] of group.entries()) records.set(each, found[index] ?? null);
        }),
      ),
    );
    return placed.map(each => ({ partition: each.partition, record: records.get(each) ?? null }));
  }

  async #readIn(view: KeyView, placed: readonly PlacedKey[]): Promise<readonly (LogRecord | null)[]> {
    let keys = placed;
    for (let tries = 0; tries < TRIES; tries++) {
      const found = await readRecords(view.reader, keys);
      const gone = keys.filter(({ offset }) => offset >= 0 && !found.has(offset));
      if (gone.length === 0) return keys.map(({ offset }) => found.get(offset) ?? null);
      // superseded and compacted away meanwhile; or nothing is left of the key, and its place stays what it is
      const newest = await this.#newestOf(view, gone);
      keys = keys.map(each => {
        if (!gone.includes(each)) return each;
        const offset = newest(each.key);
        return { ...each, offset: offset === each.offset ? -1 : offset };
      });
    }
    throw new MillraceError(
      'STORE_UNAVAILABLE',
      'the newest records are superseded faster than they are read; try again',
    );
  }

  async #newestOf(view: KeyView, placed: readonly { readonly key: Uint8Array }[]) {
    const end = await view.catchUp(this.#deadline);
    return view.newestOf(
      placed.map(({ key }) => key),
      end,
      this.#deadline,
    );
  }

  #use<T>(partition: number, use: (view: KeyView) => Promise<T>): Promise<T> {
    return this.#services.keyViews.use({ topicId: this.#topic.topicId, partition }, use);
  }
}

/** The records that stand where the keys do, by their offsets; those that are gone are left out. */
async function readRecords(reader: LogReader, placed: readonly PlacedKey[]): Promise<ReadonlyMap<number, LogRecord>> {
  const wanted = new Map(placed.map(({ key, offset }) => [offset, key]));
  wanted.delete(-1);
  const found = new Map<number, LogRecord>();
  // a batch may have all of them, or some: what is read side by side after the first is far apart
  let atOnce = 1;
  for (let left = [...wanted.keys()].sort((a, b) => a - b); left.length > 0; atOnce = AT_ONCE) {
    const step = Math.ceil(left.length / atOnce);
    const probes = left.filter((_, index) => index % step === 0);
    const stretches = await Promise.all(
      probes.map(async offset => {
        const end = await scanPage(reader, { offset, maxBytes: 1 }, (at, cursor, header) => {
          const key = wanted.get(at);
          if (key && isSame(key, cursor.key())) found.set(at, copied(recordAt(cursor, header)));
          return true;
        });
        return { offset, end };
      }),
    );
    left = left.filter(each => !stretches.some(({ offset, end }) => offset <= each && each < end));
  }
  return found;
}

const isSame = (a: Uint8Array, b: Uint8Array | null): boolean => b !== null && Buffer.compare(a, b) === 0;
