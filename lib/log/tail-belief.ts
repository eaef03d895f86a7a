/**
 * What one worker believes of the end of a log: the tail, the entries that it saw before it, and whether it has rivals.
 *
 * Invariants: the trail ends where the tail is. A belief keeps the age of the read that it began with, however far it has
 * moved since; what a belief that is too old to answer by has seen may be a ghost, and counts for nothing.
 */
import type { ProducerSequence } from './append-batch.ts';
import { ageMs, type WallTime } from './belief.ts';
import type { LogDeps } from './deps.ts';
import { type FindParams, type Found, findAmong, findInLog, lookedInVain } from './find-batch.ts';
import { type LogEntry, nextOffsetAfter } from './log-entry.ts';
import type { ObjectClaims } from './object-claim.ts';
import { endOf, readTail, TAIL_ANSWER_MS, TAIL_USE_MS, type Tail } from './tail.ts';
import type { TopicPartition } from './topic-partition.ts';
import { Trail } from './trail.ts';
import { lastEntry, type WalkPage, walk } from './walk.ts';

/** After a lost race the tail is asked for before writing, until so many writes in a row have met no rival. */
const WINS_TO_TRUST = 2;

/**
 * A rolled entry is looked at for a day, as long as Kafka remembers a producer (`producer.id.expiration.ms`). What stands at its
 * key later may be a ghost: its maker was frozen for at least the two days that a rolled entry still has when it is rolled.
 */
const ROLLED_USE_MS = 86_400_000;

interface TailBeliefParams {
  readonly claims: ObjectClaims;
  readonly time: WallTime;
}

export class TailBelief {
  readonly #deps: LogDeps;
  readonly #at: TopicPartition;
  readonly #claims: ObjectClaims;
  readonly #time: WallTime;
  readonly #trail = new Trail();
  #tail: Tail | undefined;
  #winsMissing = 0;

  constructor(deps: LogDeps, at: TopicPartition, { claims, time }: TailBeliefParams) {
    this.#deps = deps;
    this.#claims = claims;
    this.#time = time;
    this.#at = at;
  }

  /** The tail as believed, read anew where it is too old to be used. */
  async tail(): Promise<Tail> {
    if (this.#tail && ageMs(this.#deps.clock, this.#tail.asOf) <= TAIL_USE_MS) return this.#tail;
    return this.#takeOver(await readTail(this.#deps, this.#at));
  }

  /**
   * The tail to write at. After a lost race it is asked for first: a lost write costs the entry's full write units, a query
   * a fraction of one.
   *
   * @param looks whether every entry on the way is to be seen: a batch that is looked for may be among them
   */
  async tailToWriteAt(looks: boolean): Promise<Tail> {
    const tail = await this.tail();
    if (this.#winsMissing === 0) return tail;
    const reached = looks ? await this.#walkFrom(tail) : await this.#jumpFrom(tail);
    if (reached.nextOffset > tail.nextOffset) this.#winsMissing = WINS_TO_TRUST;
    return reached;
  }

  /** Moves past an entry that stands at the end of `tail`. Remembers neither where the tail is too old: the entry may be a ghost. */
  pass(entry: LogEntry, tail: Tail): Tail {
    if (this.#tail && this.#tail.nextOffset >= nextOffsetAfter(entry)) return this.#tail;
    const passed = { ...tail, ...endOf(entry) };
    if (ageMs(this.#deps.clock, tail.asOf) > TAIL_ANSWER_MS) {
      this.forget();
      return passed;
    }
    this.#trail.push(entry);
    this.#tail = passed;
    return passed;
  }

  /** Makes the next look a read. */
  forget(): void {
    this.#tail = undefined;
  }

  /** Another wrote first. */
  lostRace(): void {
    this.#winsMissing = WINS_TO_TRUST;
  }

  wonRace(): void {
    this.#winsMissing = Math.max(0, this.#winsMissing - 1);
  }

  /** Looks for a batch from the boundary `from` to the end of the log, in the store where memory ends. */
  async find(wanted: ProducerSequence, from: number): Promise<Found> {
    const remembered = this.#trail.since(from);
    const found = remembered && findAmong(remembered, wanted);
    return this.#checked(wanted, found ?? (await this.#findFurther(wanted, remembered ? this.#trail.end : from)));
  }

  /** Looks for a batch between two boundaries, the second one believed to be the end; in memory where it reaches back so far. */
  async findBetween(wanted: ProducerSequence, from: number, to: number): Promise<Found> {
    const remembered = this.#trail.since(from);
    const found = remembered ? findAmong(remembered, wanted) : await this.#findInLog({ wanted, from, to });
    return this.#checked(wanted, found);
  }

  /** A batch whose object the sweep has taken is in the log no more than one whose entry was rolled away. */
  async #checked(wanted: ProducerSequence, found: Found): Promise<Found> {
    if (found?.object && (await this.#claims.isSwept(found.object))) throw lookedInVain(wanted);
    return found;
  }

  async #findFurther(wanted: ProducerSequence, from: number): Promise<Found> {
    const onPage = ({ entries }: WalkPage) => {
      for (const entry of entries) {
        if (this.#tail?.nextOffset === entry.baseOffset) this.pass(entry, this.#tail);
      }
    };
    return this.#findInLog({ wanted, from, onPage });
  }

  async #findInLog(params: Omit<FindParams, 'mayBeGhost' | 'rolledOffset'>): Promise<Found> {
    const { rolledOffset } = await this.tail();
    const youngest = this.#time.now() - ROLLED_USE_MS;
    const mayBeGhost = (entry: LogEntry) => entry.baseOffset < rolledOffset && entry.createdAt < youngest;
    return findInLog(this.#deps.log, this.#at, { ...params, rolledOffset, mayBeGhost });
  }

  /** To the end of the log, past every entry on the way. */
  async #walkFrom(tail: Tail): Promise<Tail> {
    let reached = tail;
    for await (const page of walk(this.#deps.log, this.#at, tail.nextOffset)) {
      for (const entry of page.entries) reached = this.pass(entry, reached);
    }
    return reached;
  }

  /** To the end of the log at the cost of its last entry. */
  async #jumpFrom(tail: Tail): Promise<Tail> {
    const last = await lastEntry(this.#deps.log, this.#at, tail.nextOffset);
    return last ? this.pass(last, tail) : tail;
  }

  /** Takes over a tail that was read, unless this worker has since seen the log grow past it. */
  #takeOver(read: Tail): Tail {
    const seen = this.#tail;
    const counts = seen !== undefined && ageMs(this.#deps.clock, seen.asOf) <= TAIL_ANSWER_MS;
    this.#tail = counts && seen.nextOffset > read.nextOffset ? { ...seen, asOf: read.asOf } : read;
    this.#trail.continueAt(this.#tail.nextOffset);
    return this.#tail;
  }
}
