/** Timestamps as v3 writes them: ISO 8601. */
import * as z from 'zod';
import { limits } from '../protocol/limits.ts';

const FORM =
  /^([+-][0-9]{6}|[0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?(Z|[+-][0-9]{2}:[0-9]{2})$/;

/** Milliseconds since the epoch, as Java's `Instant` writes them: without a fraction where there is none. */
export const toIso = (timestamp: number): string => new Date(timestamp).toISOString().replace('.000Z', 'Z');

/** Writes many timestamps: most records of a request have the same. */
export function isoWriter(): (timestamp: number) => string {
  let last = 0;
  let text = toIso(last);
  return timestamp => {
    if (timestamp !== last) text = toIso(timestamp);
    last = timestamp;
    return text;
  };
}

/** Milliseconds since the epoch; what is finer is cut off. `undefined` where the text is not a time. */
export function fromIso(text: string): number | undefined {
  const match = FORM.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second = '00', fraction = '', offset] = match;
  const milliseconds = fraction.slice(0, 3).padEnd(3, '0');
  const local = `${year}-${month}-${day}T${hour}:${minute}:${second}.${milliseconds}Z`;
  const time = Date.parse(local);
  // Date.parse lets the 31st of February be the 3rd of March.
  if (Number.isNaN(time) || new Date(time).toISOString() !== local) return undefined;
  const offsetMs = offset === undefined ? undefined : offsetOf(offset);
  return offsetMs === undefined ? undefined : time - offsetMs;
}

function offsetOf(offset: string): number | undefined {
  if (offset === 'Z') return 0;
  const hours = Number(offset.slice(1, 3));
  const minutes = Number(offset.slice(4, 6));
  if (hours > 23 || minutes > 59) return undefined;
  return (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

export const isoTimestamp = z
  .string()
  .transform((text, context) => {
    const timestamp = fromIso(text);
    if (timestamp !== undefined) return timestamp;
    context.issues.push({
      code: 'custom',
      input: text,
      message: `not an ISO 8601 time with Z or an offset, 1970-01-01T00:00:00Z to ${toIso(limits.timestampMs)}`,
    });
    return z.NEVER;
  })
  .meta({ type: 'string', format: 'date-time' });
