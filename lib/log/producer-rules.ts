/**
 * What to do with a batch of an idempotent producer, as a pure decision over the producer's cell.
 *
 * The log decides whether a batch is stored; the cell only bounds where to look. Rules (Kafka's `ProducerStateManager` is
 * the model, with its five remembered batches):
 *
 * 1. The sequence is among the last five: the original offset. Older than they: DUPLICATE_SEQUENCE.
 * 2. The sequence is pending: look for it from where it may stand; write it only where it is not.
 * 3. The sequence follows the pending one: first find the pending one in the log, then move it to the five and make this
 *    one pending, in one compare-and-set; then write.
 * 4. A higher epoch with sequence 0 starts over.
 */
import { MillraceError } from '../protocol/errors.ts';
import { limits } from '../protocol/limits.ts';
import type { ProducerSequence } from './append-batch.ts';
import type { CommittedBatch, PendingBatch, ProducerCell } from './cells.ts';

/** Batches remembered, as Kafka's NUM_BATCHES_TO_RETAIN. */
const REMEMBERED = 5;

/** Sequence numbers are an int32 that wraps to 0. */
const SEQUENCES = limits.sequence + 1;

export type ProducerDecision =
  /** Stored before, at this offset. */
  | { readonly kind: 'duplicate'; readonly offset: number }
  /** It may stand in the log at `pending.searchFrom` or above. */
  | { readonly kind: 'resume'; readonly pending: PendingBatch }
  /** It is next, once the pending batch before it is found. */
  | { readonly kind: 'follow'; readonly pending: PendingBatch | undefined }
  /** It is the first of its epoch. */
  | { readonly kind: 'start' };

/** Decides by the rules above; throws the error of a batch that must not be written. */
export function decide(cell: ProducerCell | undefined, batch: ProducerSequence, count: number): ProducerDecision {
  if (!cell) return startAtZero(batch, 'UNKNOWN_PRODUCER_ID');
  if (batch.epoch < cell.epoch) throw fenced(batch, cell.epoch);
  if (batch.epoch > cell.epoch) return startAtZero(batch, 'OUT_OF_ORDER_SEQUENCE');
  return decideInEpoch(cell, batch, count);
}

/** Whether the batch is the one that the cell expects next. */
export function isNext(cell: ProducerCell, batch: ProducerSequence): boolean {
  return batch.epoch === cell.epoch && batch.sequence === expectedSequence(cell);
}

/** The cell once `landed` is known to be in the log and `next` is on its way; drops what is older than the last five. */
export function withPending(cell: ProducerCell, landed: CommittedBatch | undefined, next: PendingBatch): ProducerCell {
  const recent = landed ? [...cell.recent, landed].slice(-REMEMBERED) : cell.recent;
  return { ...cell, pending: next, recent };
}

function startAtZero(
  batch: ProducerSequence,
  otherwise: 'UNKNOWN_PRODUCER_ID' | 'OUT_OF_ORDER_SEQUENCE',
): ProducerDecision {
  if (batch.sequence === 0) return { kind: 'start' };
  const { producerId, epoch, sequence } = batch;
  throw new MillraceError(
    otherwise,
    `producer ${producerId} begins epoch ${epoch} in this partition with sequence ${sequence}, expected 0`,
  );
}

function decideInEpoch(cell: ProducerCell, batch: ProducerSequence, count: number): ProducerDecision {
  const { pending, recent } = cell;
  const { sequence } = batch;
  const known = recent.find(committed => committed.sequence === sequence && committed.count === count);
  if (known) return { kind: 'duplicate', offset: known.offset };
  if (pending && pending.sequence === sequence && pending.count === count) return { kind: 'resume', pending };

  const expected = expectedSequence(cell);
  if (sequence === expected) return { kind: 'follow', pending };
  const oldest = recent[0] ?? pending;
  throw oldest && isBefore(sequence, oldest.sequence) ? tooOld(batch) : outOfOrder(batch, expected);
}

function expectedSequence({ pending, recent }: ProducerCell): number {
  const last = pending ?? recent.at(-1);
  return last ? (last.sequence + last.count) % SEQUENCES : 0;
}

/** Whether sequence `a` lies before `b`, counted the shorter way round. */
const isBefore = (a: number, b: number): boolean => a !== b && (b - a + SEQUENCES) % SEQUENCES < SEQUENCES / 2;

const fenced = ({ producerId, epoch }: ProducerSequence, current: number) =>
  new MillraceError(
    'INVALID_PRODUCER_EPOCH',
    `producer ${producerId} sends with epoch ${epoch}, its epoch in this partition is ${current}`,
  );

const tooOld = ({ producerId, sequence }: ProducerSequence) =>
  new MillraceError(
    'DUPLICATE_SEQUENCE',
    `sequence ${sequence} of producer ${producerId} is older than its last ${REMEMBERED} batches`,
  );

const outOfOrder = ({ producerId, sequence }: ProducerSequence, expected: number) =>
  new MillraceError('OUT_OF_ORDER_SEQUENCE', `producer ${producerId} sends sequence ${sequence}, expected ${expected}`);
