/**
 * A manifest: the immutable list of the segments that a partition's log has below its rolled offset. The partition state names the
 * one that holds.
 *
 * Invariant: chapters, then segments, tile the log exactly, from the first segment to the rolled offset. A manifest of many
 * segments keeps its older ones in chapters, immutable objects of their own, so that a roll never rewrites more than some hundred
 * kilobytes, whatever the log's size.
 */
import { MillraceError } from '../protocol/errors.ts';
import { type LogSegment, sizeOfAll } from './segment.ts';
import type { IndexPoint } from './segment-index.ts';

/** Segments that stand in another object. */
export interface ManifestChapter {
  readonly objectKey: string;
  readonly baseOffset: number;
  readonly nextOffset: number;
  readonly segments: number;
  readonly sizeInBytes: number;
  readonly maxTimestamp: number;
}

export interface Manifest {
  readonly chapters: readonly ManifestChapter[];
  readonly segments: readonly LogSegment[];
}

export const emptyManifest: Manifest = { chapters: [], segments: [] };

export const isEmpty = ({ chapters, segments }: Manifest): boolean => chapters.length + segments.length === 0;

/** Bytes of all segments. */
export const bytesOf = ({ chapters, segments }: Manifest): number => sizeOfAll([...chapters, ...segments]);

/** Of several stretches that follow each other, what can be said of them as one. */
export function chapterOf(objectKey: string, segments: readonly LogSegment[]): ManifestChapter {
  return {
    objectKey,
    baseOffset: segments[0]?.baseOffset ?? 0,
    nextOffset: segments.at(-1)?.nextOffset ?? 0,
    segments: segments.length,
    sizeInBytes: sizeOfAll(segments),
    maxTimestamp: segments.reduce((max, { maxTimestamp }) => Math.max(max, maxTimestamp), -1),
  };
}

/** The layout of a manifest and of a chapter, which is a manifest without chapters; before compaction no segment had marks. */
const FORMAT = 2;
const FORMAT_WITHOUT_MARKS = 1;

/** JSON; an index is a flat list of triples, each the difference from the one before. */
export function encodeManifest({ chapters, segments }: Manifest): Uint8Array {
  const text = JSON.stringify({
    format: FORMAT,
    chapters,
    segments: segments.map(segment => ({ ...segment, index: encodeIndex(segment.index) })),
  });
  return new TextEncoder().encode(text);
}

/** @throws MillraceError STORAGE_ERROR where it is no manifest that this version understands, or its stretches do not tile */
export function decodeManifest(objectKey: string, bytes: Uint8Array): Manifest {
  const manifest = parse(objectKey, bytes);
  const stretches = [...manifest.chapters, ...manifest.segments];
  for (const [number, { baseOffset }] of stretches.entries()) {
    const before = stretches[number - 1];
    if (before && before.nextOffset !== baseOffset) {
      throw damaged(objectKey, `offset ${before.nextOffset} is followed by ${baseOffset}`);
    }
  }
  return manifest;
}

interface StoredManifest {
  readonly format: number;
  readonly chapters: readonly ManifestChapter[];
  readonly segments: readonly (Omit<LogSegment, 'index'> & { readonly index: readonly number[] })[];
}

function parse(objectKey: string, bytes: Uint8Array): Manifest {
  let stored: StoredManifest;
  try {
    stored = JSON.parse(new TextDecoder().decode(bytes)) as StoredManifest;
  } catch (cause) {
    throw damaged(objectKey, 'it is no JSON', cause);
  }
  if (stored.format !== FORMAT && stored.format !== FORMAT_WITHOUT_MARKS)
    throw damaged(objectKey, `its format is ${stored.format}, this version reads ${FORMAT}`);
  const segments = stored.segments.map(segment => ({ ...segment, index: decodeIndex(segment.index) }));
  return { chapters: stored.chapters, segments };
}

function encodeIndex(index: readonly IndexPoint[]): number[] {
  let before: IndexPoint = { offset: 0, position: 0, maxTimestampBefore: 0 };
  return index.flatMap(point => {
    const { offset, position, maxTimestampBefore } = before;
    before = point;
    return [point.offset - offset, point.position - position, point.maxTimestampBefore - maxTimestampBefore];
  });
}

function decodeIndex(numbers: readonly number[]): IndexPoint[] {
  let [offset, position, maxTimestampBefore] = [0, 0, 0];
  return Array.from({ length: numbers.length / 3 }, (_, point) => {
    offset += numbers[3 * point] ?? 0;
    position += numbers[3 * point + 1] ?? 0;
    maxTimestampBefore += numbers[3 * point + 2] ?? 0;
    return { offset, position, maxTimestampBefore };
  });
}

const damaged = (objectKey: string, detail: string, cause?: unknown) =>
  new MillraceError('STORAGE_ERROR', `the manifest ${objectKey} is damaged: ${detail}`, { cause });
