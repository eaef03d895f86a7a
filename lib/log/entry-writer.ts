/**
 * The heart of Millrace: committing appends at the end of one partition's log.
 *
 * Commit point: the conditional `create` of the entry at key `nextOffset`. It gives offsets, durability and visibility in
 * one write: no counter, no transaction, no gaps.
 *
 * Why it is safe: a `nextOffset` was the true end of the log when the belief was read, so the entry at that key is exactly
 * the next one. Two writers with the same belief race for one key, and one wins. A writer with an old belief finds its key
 * taken, because entries outlive every belief that may still be acknowledged.
 *
 * ```
 *   believe the tail ──► create at nextOffset ──► created ──────────► acknowledge, unless the belief is too old by now
 *          ▲                    │  ▲
 *          │                    │  └── unknown: the same key, bytes and writeId again, until the key is seen taken
 *          └── walk to the end ◄┴───── exists: another was first; look at every entry passed
 * ```
 */
import type { CreateResult } from '../ports/item-table.ts';
import { MillraceError } from '../protocol/errors.ts';
import { type Append, type Appended, countOf, type ProducerSequence } from './append-batch.ts';
import { ageMs } from './belief.ts';
import { entryAttributes, entryFromItem, entrySk, logKeyOf } from './catalogue.ts';
import { type Deadline, timeLeftMs } from './deadline.ts';
import type { LogDeps } from './deps.ts';
import { type Found, findAmong, findInLog } from './find-batch.ts';
import { type LogEntry, nextOffsetAfter } from './log-entry.ts';
import { canAcknowledge, canCreate } from './place-payload.ts';
import { ENTRY_EXPIRY_MS, type SealedEntry, sealEntry } from './seal-entry.ts';
import { readTail, TAIL_ANSWER_MS, TAIL_USE_MS, type Tail } from './tail.ts';
import type { TopicPartition } from './topic-partition.ts';
import { Trail } from './trail.ts';
import { isTriedAgain } from './tried-again.ts';
import { HoleError, lastEntry, type WalkPage, walk } from './walk.ts';

/** After a lost race the tail is asked for before writing, until so many writes in a row have met no rival. */
const WINS_TO_TRUST = 2;

/** The pause before another try is random, up to a bound that doubles from the first of these to the second. */
const BACKOFF_FROM_MS = 8;
const BACKOFF_TO_MS = 200;

/** An append on its way, with what is known of where it may already stand. */
export interface PendingAppend {
  readonly append: Append;
  /** For an idempotent batch: it stands nowhere below, but may stand at or above. Moves up as entries are looked at. */
  searchFrom?: number;
}

export type WriteOutcome =
  | ({ readonly outcome: 'appended' } & Appended)
  | { readonly outcome: 'failed'; readonly error: MillraceError };

export type WriteOutcomes = ReadonlyMap<PendingAppend, WriteOutcome>;

/** One call of `write` on its way to an outcome. */
interface Attempt {
  readonly appends: readonly PendingAppend[];
  readonly outcomes: Map<PendingAppend, WriteOutcome>;
  readonly writeId: string;
  readonly deadline: Deadline;
  tries: number;
  lostRaces: number;
  /** The entry as it was last sealed. */
  sealed?: SealedEntry | undefined;
  /** Whether the sealed entry may be in the log, or may yet come to be there. */
  uncertain: boolean;
  lastError?: unknown;
}

export class EntryWriter {
  readonly #deps: LogDeps;
  readonly #at: TopicPartition;
  readonly #trail = new Trail();
  #tail: Tail | undefined;
  #winsMissing = 0;

  constructor(deps: LogDeps, at: TopicPartition) {
    this.#deps = deps;
    this.#at = at;
  }

  /** The tail as believed, read anew where it is too old to be used. */
  async believedTail(): Promise<Tail> {
    if (this.#tail && ageMs(this.#deps.clock, this.#tail.asOf) <= TAIL_USE_MS) return this.#tail;
    return this.#believe(await readTail(this.#deps, this.#at));
  }

  /** Looks for an idempotent batch from the boundary `from` up to the end of the log, in the store where memory ends. */
  async find(wanted: ProducerSequence, from: number): Promise<Found> {
    const remembered = this.#trail.since(from);
    const found = remembered && findAmong(remembered, wanted);
    return found ?? this.#findFurther(wanted, remembered ? this.#trail.end : from);
  }

  async #findFurther(wanted: ProducerSequence, from: number): Promise<Found> {
    const onPage = (page: WalkPage) => {
      for (const entry of page.entries) {
        if (this.#tail?.nextOffset === entry.baseOffset) this.#pass(entry, this.#tail);
      }
    };
    return findInLog(this.#deps.log, this.#at, { wanted, from, onPage });
  }

  /**
   * Commits the appends in one entry, in their order, and says of each what became of it. One call at a time.
   *
   * @throws MillraceError: OUTCOME_UNKNOWN where the entry may be or come to be in the log; after any other it is not
   */
  async write(appends: readonly PendingAppend[], deadline: Deadline): Promise<WriteOutcomes> {
    const writeId = this.#deps.random.id();
    const attempt: Attempt = {
      appends,
      outcomes: new Map(),
      writeId,
      deadline,
      tries: 0,
      lostRaces: 0,
      uncertain: false,
    };
    while (true) {
      this.#checkTime(attempt);
      try {
        if (await this.#try(attempt)) return attempt.outcomes;
      } catch (error) {
        this.#recover(attempt, error);
      }
      await this.#backOff(attempt);
      attempt.tries++;
    }
  }

  /** Whether every append has its outcome. */
  async #try(attempt: Attempt): Promise<boolean> {
    if (!attempt.uncertain) await this.#seal(attempt);
    const { sealed } = attempt;
    if (!sealed) return true;
    this.#checkTime(attempt);
    if (!this.#mayCreate(sealed)) return false;
    const result = await this.#create(attempt, sealed);
    if (result.outcome === 'created') {
      this.#settle(attempt, sealed);
      return true;
    }
    attempt.uncertain = false;
    attempt.lostRaces++;
    this.#winsMissing = WINS_TO_TRUST;
    this.#pass(entryFromItem(result.item), sealed.tail);
    return false;
  }

  async #seal(attempt: Attempt): Promise<void> {
    const tail = await this.#tailToWriteAt(attempt);
    const open = await this.#stillToWrite(attempt, tail);
    const { writeId, lostRaces, sealed: previous } = attempt;
    const params = { appends: open.map(pending => pending.append), tail, writeId, lostRaces, previous };
    attempt.sealed = open.length > 0 ? await sealEntry(this.#deps, this.#at, params) : undefined;
  }

  async #create(attempt: Attempt, { entry }: SealedEntry): Promise<CreateResult> {
    try {
      return await this.#deps.log.create({
        pk: logKeyOf(this.#at),
        sk: entrySk(entry.baseOffset),
        writeId: entry.writeId,
        attributes: entryAttributes(entry),
        expiresAt: entry.createdAt + ENTRY_EXPIRY_MS,
      });
    } catch (error) {
      if (error instanceof MillraceError && error.outcome === 'unknown') attempt.uncertain = true;
      throw error;
    }
  }

  /** After a lost race a lost write costs the entry's full write units, a query a fraction of one. */
  async #tailToWriteAt({ appends }: Attempt): Promise<Tail> {
    const tail = await this.believedTail();
    if (this.#winsMissing === 0) return tail;
    const reached = appends.some(isLookedFor) ? await this.#walkFrom(tail) : await this.#jumpFrom(tail);
    if (reached.nextOffset > tail.nextOffset) this.#winsMissing = WINS_TO_TRUST;
    return reached;
  }

  /** To the end of the log, past every entry on the way: a batch that is looked for may be among them. */
  async #walkFrom(tail: Tail): Promise<Tail> {
    let reached = tail;
    for await (const page of walk(this.#deps.log, this.#at, tail.nextOffset)) {
      for (const entry of page.entries) reached = this.#pass(entry, reached);
    }
    return reached;
  }

  /** To the end of the log at the cost of its last entry: nothing is looked for on the way. */
  async #jumpFrom(tail: Tail): Promise<Tail> {
    const last = await lastEntry(this.#deps.log, this.#at, tail.nextOffset);
    return last ? this.#pass(last, tail) : tail;
  }

  /** Leaves out the idempotent appends that are in the log already, or that a newer epoch has fenced. */
  async #stillToWrite(attempt: Attempt, tail: Tail): Promise<PendingAppend[]> {
    for (const pending of attempt.appends) {
      if (attempt.outcomes.has(pending)) continue;
      const outcome = await this.#lookFor(pending, tail.nextOffset);
      if (outcome) attempt.outcomes.set(pending, outcome);
    }
    return attempt.appends.filter(pending => !attempt.outcomes.has(pending));
  }

  async #lookFor(pending: PendingAppend, to: number): Promise<WriteOutcome | undefined> {
    const wanted = pending.append.batches[0]?.producer;
    if (!wanted || pending.searchFrom === undefined || pending.searchFrom >= to) return undefined;
    try {
      const remembered = this.#trail.since(pending.searchFrom);
      const found = remembered
        ? findAmong(remembered, wanted)
        : await findInLog(this.#deps.log, this.#at, { wanted, from: pending.searchFrom, to });
      if (found) return { outcome: 'appended', baseOffset: found.offset };
      pending.searchFrom = to;
      return undefined;
    } catch (error) {
      if (error instanceof MillraceError && !isTriedAgain(error)) return { outcome: 'failed', error };
      throw error;
    }
  }

  #settle(attempt: Attempt, { entry, placed, tail, appendTime }: SealedEntry): void {
    this.#winsMissing = Math.max(0, this.#winsMissing - 1);
    this.#pass(entry, tail);
    this.#deps.tailSignal.notify(logKeyOf(this.#at));
    const inTime = ageMs(this.#deps.clock, tail.asOf) <= TAIL_ANSWER_MS && canAcknowledge(this.#deps, placed);
    if (!inTime) this.#tail = undefined;
    let baseOffset = entry.baseOffset;
    for (const pending of attempt.appends) {
      if (attempt.outcomes.has(pending)) continue;
      const stamped = pending.append.stampAppendTime ? { appendTime } : {};
      attempt.outcomes.set(pending, inTime ? { outcome: 'appended', baseOffset, ...stamped } : tooLate());
      baseOffset += countOf(pending.append);
    }
  }

  /** Moves the belief past an entry that stands at its end; the belief keeps its age. */
  #pass(entry: LogEntry, tail: Tail): Tail {
    const nextOffset = nextOffsetAfter(entry);
    if (this.#tail && this.#tail.nextOffset >= nextOffset) return this.#tail;
    this.#trail.push(entry);
    this.#tail = { nextOffset, lastMaxTimestamp: entry.maxTimestamp, asOf: tail.asOf };
    return this.#tail;
  }

  /**
   * Takes over a tail that was read, unless this worker has since seen the log grow past it. What an old belief saw may be
   * a ghost, and counts for nothing.
   */
  #believe(read: Tail): Tail {
    const seen = this.#tail;
    const mayKeep = seen !== undefined && ageMs(this.#deps.clock, seen.asOf) <= TAIL_ANSWER_MS;
    this.#tail = mayKeep && seen.nextOffset > read.nextOffset ? { ...seen, asOf: read.asOf } : read;
    this.#trail.continueAt(this.#tail.nextOffset);
    return this.#tail;
  }

  /** Takes note of a failure that another try may mend, and throws any other. */
  #recover(attempt: Attempt, error: unknown): void {
    attempt.lastError = error;
    if (error instanceof HoleError) this.#tail = undefined;
    else if (!isTriedAgain(error)) throw attempt.uncertain ? unknown('the entry may have been written', error) : error;
  }

  /** Throws once no try may follow. */
  #checkTime({ sealed, uncertain, deadline, lastError, lostRaces }: Attempt): void {
    const isOver = timeLeftMs(this.#deps.clock, deadline) <= 0;
    if (uncertain && sealed && (isOver || !this.#mayCreate(sealed))) {
      throw unknown('the store did not say in time whether the entry was written', lastError);
    }
    if (isOver) throw lastError instanceof MillraceError ? lastError : outOfTime(lostRaces, lastError);
  }

  async #backOff({ tries, deadline }: Attempt): Promise<void> {
    const { clock, random } = this.#deps;
    const bound = Math.min(BACKOFF_TO_MS, BACKOFF_FROM_MS * 2 ** tries);
    await clock.sleep(Math.min(Math.max(0, timeLeftMs(clock, deadline)), random.float() * bound));
  }

  #mayCreate({ tail, placed }: SealedEntry): boolean {
    return ageMs(this.#deps.clock, tail.asOf) <= TAIL_ANSWER_MS && canCreate(this.#deps, placed);
  }
}

const isLookedFor = ({ searchFrom }: PendingAppend): boolean => searchFrom !== undefined;

const outOfTime = (lostRaces: number, cause: unknown) =>
  new MillraceError('STORE_UNAVAILABLE', `no turn came in time after ${lostRaces} lost races; try again`, { cause });

const tooLate = (): WriteOutcome => ({
  outcome: 'failed',
  error: unknown('the entry was written too long after its place was read'),
});

const unknown = (detail: string, cause?: unknown) => new MillraceError('OUTCOME_UNKNOWN', detail, { cause });
