/**
 * Where a member goes on whose position lies outside the log.
 *
 * Somebody may have committed an offset beyond the log's end. It would outlast every commit of what is read until the log has grown
 * past it, so it goes back to where its owner goes on. Nothing of the log lies between.
 */
import type { TopicPartition } from '../log/topic-partition.ts';
import type { OffsetReset } from './cells.ts';
import { hasRight, type Right, readOffset, writeOffset } from './offset-cells.ts';
import { resetPosition } from './reset-position.ts';
import type { GroupServices } from './services.ts';

export interface OutsideLog {
  readonly life: string;
  readonly at: TopicPartition;
  readonly right: Right;
  readonly offsetReset: Exclude<OffsetReset, 'none'>;
}

/** @throws MillraceError OUTCOME_UNKNOWN */
export async function goOn(services: GroupServices, { life, at, right, offsetReset }: OutsideLog): Promise<number> {
  const position = await resetPosition(services, at, { kind: offsetReset });
  const { cell, version } = await readOffset(services, life, at);
  if (!cell || !hasRight(cell, right) || cell.offset === undefined) return position;
  // the end is read after the cell: what was committed of records that there are is below it
  const { highWatermark } = await services.logs.of(at).reader.bounds();
  if (cell.offset <= highWatermark) return position;
  const next = { ...cell, offset: Math.min(position, highWatermark), committedAt: services.clock.now() };
  // where it is not written its owner has committed meanwhile, or is another
  await writeOffset(services, { life, at, version, cell: next });
  return position;
}
