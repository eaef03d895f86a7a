/** Where a snapshot goes on, as text that clients hand back: nothing in it is trusted beyond its form. */
import * as z from 'zod';
import type { SnapshotPlace } from '../../fetch/snapshot-records.ts';
import { limits } from '../../protocol/limits.ts';
import { HttpError } from '../http-error.ts';

/** More than any has. */
const TOKEN_LENGTH = 200;

const offset = z.int().min(0).max(limits.offset);
const fields = z
  .tuple([z.string().max(100), z.int().min(0).max(limits.partitionsPerTopic), offset, offset])
  .refine(([, , next, end]) => next <= end);

export const writeToken = ({ topicId, partition, offset, endOffset }: SnapshotPlace): string =>
  Buffer.from(JSON.stringify([topicId, partition, offset, endOffset])).toString('base64url');

/** @throws HttpError 400 for what `writeToken` never wrote */
export function readToken(token: string): SnapshotPlace {
  const read = token.length <= TOKEN_LENGTH ? fields.safeParse(parse(token)) : undefined;
  if (read?.success) {
    const [topicId, partition, offset, endOffset] = read.data;
    const place = { topicId, partition, offset, endOffset };
    if (writeToken(place) === token) return place;
  }
  throw new HttpError(400, `page_token: '${token.slice(0, 60)}' is none that an answer gave; begin without it`);
}

function parse(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString());
  } catch {
    return undefined;
  }
}
