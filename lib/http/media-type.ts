/**
 * Media types: the ones we know, and which of them a client sent or wants (RFC 9110, sections 8.3 and 12.5.1).
 *
 * Types are matched exactly. Parameters such as `charset=utf-8` say nothing to us and are passed over, but for `q`.
 */
import { HttpError } from './http-error.ts';

export const mediaType = {
  json: 'application/json',
  /** Metadata and results on v2. */
  v2: 'application/vnd.kafka.v2+json',
  v2Default: 'application/vnd.kafka+json',
  /** Keys and values as JSON. */
  v2Json: 'application/vnd.kafka.json.v2+json',
  /** Keys and values as base64. */
  v2Binary: 'application/vnd.kafka.binary.v2+json',
  /** Record batches end to end, as they are stored. */
  recordBatch: 'application/vnd.millrace.record-batch',
} as const;

export type MediaType = (typeof mediaType)[keyof typeof mediaType];

/** Longer header values are not looked at. */
const MAX_HEADER_LENGTH = 4_096;

/**
 * The type of the body that a client sent; the first that the route takes where it did not say.
 *
 * @throws HttpError 415 that lists what is taken
 */
export function sentType<T extends string>(header: string | undefined, taken: readonly T[]): T {
  const [first] = taken;
  if (header === undefined && first !== undefined) return first;
  const sent = typeOf(header ?? '');
  const found = taken.find(type => type === sent);
  if (found !== undefined) return found;
  throw new HttpError(415, `content type '${shown(sent)}' is not understood here, send ${list(taken)}`);
}

/**
 * The type to answer with: of those that a route offers, the one that the client likes best, the earlier of two it likes
 * the same.
 *
 * @throws HttpError 406 that lists what is offered
 */
export function acceptedType<T extends string>(header: string | undefined, offered: readonly T[]): T {
  const ranges = rangesOf(header ?? '*/*');
  let best: { readonly type: T; readonly quality: number } | undefined;
  for (const type of offered) {
    const quality = qualityOf(type, ranges);
    if (quality > (best?.quality ?? 0)) best = { type, quality };
  }
  if (best) return best.type;
  throw new HttpError(406, `nothing here can be answered as '${shown(header ?? '')}', accept ${list(offered)}`);
}

interface MediaRange {
  readonly range: string;
  readonly quality: number;
}

function rangesOf(header: string): readonly MediaRange[] {
  if (header.length > MAX_HEADER_LENGTH) {
    throw new HttpError(400, `the Accept header has ${header.length} characters, the limit is ${MAX_HEADER_LENGTH}`);
  }
  return header.split(',').map(item => ({ range: typeOf(item), quality: qualityParameter(item) }));
}

/** What the most specific range that covers the type says of it; 0 where none does. */
function qualityOf(type: string, ranges: readonly MediaRange[]): number {
  const covering = [type, `${type.slice(0, type.indexOf('/'))}/*`, '*/*'];
  for (const range of covering) {
    const found = ranges.find(candidate => candidate.range === range);
    if (found) return found.quality;
  }
  return 0;
}

function qualityParameter(item: string): number {
  const parameters = item.split(';').slice(1);
  const written = parameters.map(parameter => parameter.trim().toLowerCase()).find(text => text.startsWith('q='));
  if (written === undefined) return 1;
  return /^q=(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)$/.test(written) ? Number(written.slice(2)) : 0;
}

/** The type without its parameters. */
function typeOf(item: string): string {
  const end = item.indexOf(';');
  return (end < 0 ? item : item.slice(0, end)).trim().toLowerCase();
}

const list = (types: readonly string[]): string => types.join(' or ');

const shown = (text: string): string => (text.length > 100 ? `${text.slice(0, 100)}…` : text);
