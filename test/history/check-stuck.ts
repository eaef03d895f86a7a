/**
 * A reader below the high watermark always gets on: of the partitions of one request, which share its bytes, at least one that has
 * anything gives a batch.
 */
import type { Anomaly } from './anomaly.ts';
import { type FetchOperation, isOk, named, type Ok, type Operation } from './history.ts';

export function checkStuck(history: readonly Operation[]): Anomaly[] {
  const fetches = named(history, 'fetch');
  const stuck = fetches.filter(isOk).filter(isStuck);
  if (stuck.length === 0) return [];
  const excused = new Set(fetches.filter(takesBytes).map(requestOf));
  return stuck
    .filter(fetch => !excused.has(requestOf(fetch)))
    .map(({ log, offset, answer }) => {
      const detail = `nothing at offset ${offset} of ${answer.result.highWatermark}`;
      return { kind: 'stuck-read', log, detail };
    });
}

const isStuck = ({ offset, answer }: Ok<FetchOperation>): boolean =>
  answer.result.nextOffset === offset && offset < answer.result.highWatermark;

/** A partition may fail after its batch has taken the bytes. */
const takesBytes = (part: FetchOperation): boolean => !isOk(part) || part.answer.result.nextOffset > part.offset;

const requestOf = ({ client, start, end }: FetchOperation): string => `${client} ${start} ${end}`;
