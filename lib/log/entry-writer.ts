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
import { type Append, type Appended, countOf } from './append-batch.ts';
import { ageMs } from './belief.ts';
import { entryAttributes, entryFromItem, entrySk, logKeyOf } from './catalogue.ts';
import { type Deadline, timeLeftMs } from './deadline.ts';
import type { LogDeps } from './deps.ts';
import { canAcknowledge, canCreate } from './place-payload.ts';
import { ENTRY_EXPIRY_MS, type SealedEntry, sealEntry } from './seal-entry.ts';
import { TAIL_ANSWER_MS, type Tail } from './tail.ts';
import type { TailBelief } from './tail-belief.ts';
import type { TopicPartition } from './topic-partition.ts';
import { isTriedAgain } from './tried-again.ts';
import { HoleError } from './walk.ts';

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
  readonly #belief: TailBelief;

  constructor(deps: LogDeps, at: TopicPartition, belief: TailBelief) {
    this.#deps = deps;
    this.#at = at;
    this.#belief = belief;
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
    this.#belief.lostRace();
    this.#belief.pass(entryFromItem(result.item), sealed.tail);
    return false;
  }

  async #seal(attempt: Attempt): Promise<void> {
    const tail = await this.#belief.tailToWriteAt(attempt.appends.some(isLookedFor));
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
      const found = await this.#belief.findBetween(wanted, pending.searchFrom, to);
      if (found) return { outcome: 'appended', baseOffset: found.offset };
      pending.searchFrom = to;
      return undefined;
    } catch (error) {
      if (error instanceof MillraceError && !isTriedAgain(error)) return { outcome: 'failed', error };
      throw error;
    }
  }

  #settle(attempt: Attempt, { entry, placed, tail, appendTime }: SealedEntry): void {
    this.#belief.wonRace();
    this.#belief.pass(entry, tail);
    this.#deps.tailSignal.notify(logKeyOf(this.#at));
    const inTime = ageMs(this.#deps.clock, tail.asOf) <= TAIL_ANSWER_MS && canAcknowledge(this.#deps, placed);
    let baseOffset = entry.baseOffset;
    for (const pending of attempt.appends) {
      if (attempt.outcomes.has(pending)) continue;
      const stamped = pending.append.stampAppendTime ? { appendTime } : {};
      attempt.outcomes.set(pending, inTime ? { outcome: 'appended', baseOffset, ...stamped } : tooLate());
      baseOffset += countOf(pending.append);
    }
  }

  /** Takes note of a failure that another try may mend, and throws any other. */
  #recover(attempt: Attempt, error: unknown): void {
    attempt.lastError = error;
    if (error instanceof HoleError) this.#belief.forget();
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
