/**
 * Where an entry's batches go: into the entry, or, when they are big, into an object that the entry points at.
 *
 * Write data, then commit: the object is durable before the entry is created. Until then nothing refers to it, and the
 * sweep removes such objects once they are old; so an entry may be created only while its PUT is young, and acknowledged
 * only while no sweep can have taken the object for an orphan.
 */
import { MillraceError } from '../protocol/errors.ts';
import { ageMs, type Moment, momentNow } from './belief.ts';
import { batchObjectKey } from './catalogue.ts';
import type { LogDeps } from './deps.ts';
import type { EntryPayload } from './log-entry.ts';
import type { TopicPartition } from './topic-partition.ts';

/** A pointer may be created so long after its PUT was sent; later the batches are put again, under a new key. */
export const POINTER_CREATE_MS = 10 * 60_000;

/** An entry that points may be acknowledged so long after its PUT was sent. */
export const POINTER_ANSWER_MS = 15 * 60_000;

export interface PlacedPayload {
  readonly payload: EntryPayload;
  /** When the PUT was sent; `undefined` where there was none. */
  readonly putSince: Moment | undefined;
}

interface PlaceParams {
  readonly bytes: Uint8Array;
  readonly lostRaces: number;
}

export function shouldInline(deps: LogDeps, { bytes, lostRaces }: PlaceParams): boolean {
  const { inlineBytes, inlineBytesAfterLoss } = deps.settings;
  return bytes.byteLength <= (lostRaces > 0 ? Math.min(inlineBytes, inlineBytesAfterLoss) : inlineBytes);
}

export async function placePayload(deps: LogDeps, at: TopicPartition, params: PlaceParams): Promise<PlacedPayload> {
  const { bytes } = params;
  const sizeInBytes = bytes.byteLength;
  if (shouldInline(deps, params)) return { payload: { kind: 'inline', bytes, sizeInBytes }, putSince: undefined };

  const objectKey = batchObjectKey(at, deps.random.id());
  const putSince = momentNow(deps.clock);
  await putUnreferenced(deps, objectKey, bytes);
  if (ageMs(deps.clock, putSince) > POINTER_CREATE_MS) {
    throw new MillraceError('STORE_UNAVAILABLE', 'the batch took too long to reach the object store; try again');
  }
  return { payload: { kind: 'object', objectKey, putAt: putSince.wall, sizeInBytes }, putSince };
}

/** Nothing refers to the object yet: whether a failed PUT took effect makes no difference to the log. */
async function putUnreferenced(deps: LogDeps, objectKey: string, bytes: Uint8Array): Promise<void> {
  try {
    await deps.objects.put(objectKey, bytes);
  } catch (cause) {
    if (!(cause instanceof MillraceError) || cause.outcome === 'not-applied') throw cause;
    throw new MillraceError('STORE_UNAVAILABLE', 'the object store did not confirm the batch; try again', { cause });
  }
}

/** Whether an entry that points at the payload may still be created. */
export const canCreate = (deps: LogDeps, { putSince }: PlacedPayload): boolean =>
  putSince === undefined || ageMs(deps.clock, putSince) <= POINTER_CREATE_MS;

/** Whether an entry that points at the payload may still be acknowledged. */
export const canAcknowledge = (deps: LogDeps, { putSince }: PlacedPayload): boolean =>
  putSince === undefined || ageMs(deps.clock, putSince) <= POINTER_ANSWER_MS;
