/**
 * Appending the batch of an idempotent producer: at most once, in the order of its sequence, whichever workers serve its
 * tries, and however often.
 *
 * Commit points: a compare-and-set makes the batch *pending* in the producer's cell; the entry's creation stores it. A
 * crash between the two leaves a pending batch that the next try looks for in the log.
 *
 * Cost: two writes where this worker served the batch before; otherwise one get and one query more.
 */
import type { CreateResult, Item, ReplaceResult } from '../ports/item-table.ts';
import { MillraceError } from '../protocol/errors.ts';
import type { Append, AppendBatch, Appended, ProducerSequence } from './append-batch.ts';
import { ageMs, type Moment, momentNow } from './belief.ts';
import { producerCellAttributes, producerCellFromItem, producerCellKey } from './catalogue.ts';
import type { CommittedBatch, PendingBatch, ProducerCell } from './cells.ts';
import { type Deadline, timeLeftMs } from './deadline.ts';
import type { LogDeps } from './deps.ts';
import type { AppendOptions, GroupCommit } from './group-commit.ts';
import { decide, isNext, withPending } from './producer-rules.ts';
import type { TailBelief } from './tail-belief.ts';
import type { TopicPartition } from './topic-partition.ts';
import { isTriedAgain } from './tried-again.ts';

/**
 * A producer is forgotten so long after its last batch: later than Kafka's `producer.id.expiration.ms` of a day, since a cell
 * that is made anew counts its versions from 1 again, and a compare-and-set that was frozen for as long must not meet one.
 */
const CELL_EXPIRY_MS = 30 * 86_400_000;

/** How long a batch waits for the one before it to appear in the log. */
const WAIT_FOR_PREVIOUS_MS = 1_000;
const LOOK_EVERY_MS = 50;

/**
 * An answer, or a change of the cell, that rests on a look into the log may come so long after the cell was read: the place
 * it names to look from is then at most days old, and what stood there still stands there.
 */
const CELL_ANSWER_MS = 15 * 60_000;

/** Producers of one partition that a worker remembers. */
const REMEMBERED_PRODUCERS = 1_000;

/** An idempotent batch goes alone: its sequence belongs to one partition. */
export interface IdempotentAppend extends Append {
  readonly batches: readonly [AppendBatch & { readonly producer: ProducerSequence }];
}

/** A producer's cell as this worker last saw it; no item means that there is none. */
interface View {
  readonly item?: Item | undefined;
  readonly cell?: ProducerCell | undefined;
  /** The pending batch, where it is known to be in the log. */
  readonly landed?: CommittedBatch;
  /** When the read that gave it was sent. */
  readonly asOf: Moment;
}

interface Batch {
  readonly producer: ProducerSequence;
  readonly count: number;
}

/** The outcome of trying to make a batch pending. */
type Claim =
  | { readonly kind: 'duplicate'; readonly offset: number }
  | {
      readonly kind: 'claimed';
      readonly item: Item;
      readonly cell: ProducerCell;
      readonly pending: PendingBatch;
      /** When the cell was last known to say so. */
      readonly asOf: Moment;
    }
  | { readonly kind: 'stale'; readonly view: View };

export class IdempotentAppender {
  readonly #deps: LogDeps;
  readonly #at: TopicPartition;
  readonly #belief: TailBelief;
  readonly #commits: GroupCommit;
  readonly #remembered = new Map<number, View>();
  /** The last append of each producer: in one worker they go one after the other. */
  readonly #queues = new Map<number, Promise<unknown>>();

  constructor(params: { deps: LogDeps; at: TopicPartition; belief: TailBelief; commits: GroupCommit }) {
    this.#deps = params.deps;
    this.#at = params.at;
    this.#belief = params.belief;
    this.#commits = params.commits;
  }

  /** Appends the batch, or answers with the offset that it got before. */
  async append(append: IdempotentAppend, options: AppendOptions): Promise<Appended> {
    const { producerId } = append.batches[0].producer;
    const previous = this.#queues.get(producerId) ?? Promise.resolve();
    const current = previous.then(() => this.#appendNext(append, options));
    const settled = current.catch(() => undefined);
    this.#queues.set(producerId, settled);
    try {
      return await current;
    } finally {
      if (this.#queues.get(producerId) === settled) this.#queues.delete(producerId);
    }
  }

  async #appendNext(append: IdempotentAppend, options: AppendOptions): Promise<Appended> {
    const batch = append.batches[0];
    const claim = await this.#claim(batch, options.deadline);
    if (claim.kind === 'duplicate') return { baseOffset: claim.offset };

    const { item, cell, pending, asOf } = claim;
    const appended = await this.#commits.append(append, { ...options, searchFrom: pending.searchFrom });
    if (ageMs(this.#deps.clock, asOf) > CELL_ANSWER_MS) throw foundTooLate(batch.producer);
    this.#remember(batch.producer.producerId, {
      item,
      cell,
      landed: { sequence: pending.sequence, count: pending.count, offset: appended.baseOffset },
      asOf,
    });
    return appended;
  }

  /** Tries until the batch is pending in its producer's cell, or known to be stored. */
  async #claim(batch: Batch, deadline: Deadline): Promise<Exclude<Claim, { kind: 'stale' }>> {
    let view: View | undefined = this.#recall(batch.producer);
    let lastError: unknown;
    while (timeLeftMs(this.#deps.clock, deadline) > 0) {
      try {
        const claim = await this.#tryToClaim(view ?? (await this.#read(batch.producer)), batch);
        if (claim.kind !== 'stale') return claim;
        view = claim.view;
      } catch (error) {
        if (!isTriedAgain(error)) throw error;
        lastError = error;
        view = undefined;
        await this.#deps.clock.sleep(this.#deps.random.float() * LOOK_EVERY_MS);
      }
    }
    throw nothingWritten(batch.producer, lastError);
  }

  async #tryToClaim(view: View, { producer, count }: Batch): Promise<Claim> {
    const { item, cell, asOf } = view;
    const decision = decide(cell, producer, count);
    if (decision.kind === 'duplicate') return decision;
    if (decision.kind === 'resume' && item && cell) {
      return { kind: 'claimed', item, cell, pending: decision.pending, asOf };
    }
    const waitsFor = decision.kind === 'follow' ? decision.pending : undefined;
    const landed = view.landed ?? (waitsFor && (await this.#awaitLanded(producer, waitsFor)));
    const { nextOffset } = await this.#belief.tail();
    if (ageMs(this.#deps.clock, asOf) > CELL_ANSWER_MS) return { kind: 'stale', view: await this.#read(producer) };

    const pending = { sequence: producer.sequence, count, searchFrom: nextOffset };
    const next =
      decision.kind === 'follow' && cell
        ? withPending(cell, landed, pending)
        : { epoch: producer.epoch, pending, recent: [] };
    const sentAt = momentNow(this.#deps.clock);
    const written = await this.#compareAndSet(item, next, producer);
    const isOurs = written.outcome === 'created' || written.outcome === 'replaced';
    return isOurs
      ? { kind: 'claimed', item: written.item, cell: next, pending, asOf: sentAt }
      : { kind: 'stale', view: this.#viewOf(written.item, sentAt) };
  }

  #compareAndSet(
    item: Item | undefined,
    cell: ProducerCell,
    producer: ProducerSequence,
  ): Promise<CreateResult | ReplaceResult> {
    const { cluster, clock, random } = this.#deps;
    const next = {
      ...producerCellKey(this.#at, producer.producerId),
      writeId: random.id(),
      attributes: producerCellAttributes(cell),
      expiresAt: clock.now() + CELL_EXPIRY_MS,
    };
    return item ? cluster.replace(next, item.version) : cluster.create(next);
  }

  /** Where the pending batch stands; OUT_OF_ORDER_SEQUENCE where it does not appear in time. */
  async #awaitLanded({ producerId, epoch }: ProducerSequence, pending: PendingBatch): Promise<CommittedBatch> {
    const { clock } = this.#deps;
    const { sequence, count, searchFrom } = pending;
    const until = clock.monotonic() + WAIT_FOR_PREVIOUS_MS;
    while (true) {
      const found = await this.#belief.find({ producerId, epoch, sequence }, searchFrom);
      if (found) return { sequence, count, offset: found.offset };
      if (clock.monotonic() >= until) break;
      await clock.sleep(LOOK_EVERY_MS);
    }
    throw new MillraceError(
      'OUT_OF_ORDER_SEQUENCE',
      `sequence ${sequence} of producer ${producerId} is not in the log yet; send it again first`,
    );
  }

  async #read({ producerId }: ProducerSequence): Promise<View> {
    const asOf = momentNow(this.#deps.clock);
    return this.#viewOf(await this.#deps.cluster.get(producerCellKey(this.#at, producerId)), asOf);
  }

  #viewOf(item: Item | undefined, asOf: Moment): View {
    return { item, cell: item && producerCellFromItem(item), asOf };
  }

  /** A view to start from without a read, where it leads to a compare-and-set that proves it. */
  #recall(producer: ProducerSequence): View | undefined {
    const view = this.#remembered.get(producer.producerId);
    this.#remembered.delete(producer.producerId);
    if (view?.cell && isNext(view.cell, producer)) return view;
    return !view && producer.sequence === 0 ? { asOf: momentNow(this.#deps.clock) } : undefined;
  }

  #remember(producerId: number, view: View): void {
    this.#remembered.set(producerId, view);
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size > REMEMBERED_PRODUCERS && oldest !== undefined) this.#remembered.delete(oldest);
  }
}

const foundTooLate = ({ producerId }: ProducerSequence) =>
  new MillraceError(
    'OUTCOME_UNKNOWN',
    `the batch of producer ${producerId} was looked for too long after its cell was read`,
  );

/** The cell may have changed, which is harmless: the batch itself was not sent to the log. */
const nothingWritten = ({ producerId }: ProducerSequence, cause: unknown) =>
  new MillraceError('STORE_UNAVAILABLE', `the turn of producer ${producerId} did not come in time; try again`, {
    cause,
  });
