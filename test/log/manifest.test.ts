import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf, chapterOf, decodeManifest, encodeManifest, type Manifest } from '../../lib/log/manifest.ts';
import { anySegments, segmentAt } from './segment-arbitrary.ts';

/** The same segments, the first few of them in a chapter. */
const anyManifest: fc.Arbitrary<Manifest> = fc.tuple(anySegments, fc.nat(12)).map(([segments, inChapter]) => {
  const older = segments.slice(0, inChapter);
  return {
    chapters: older.length > 0 ? [chapterOf('manifests/t/0/chapter.json', older)] : [],
    segments: segments.slice(inChapter),
  };
});

const textOf = (manifest: Manifest): string => new TextDecoder().decode(encodeManifest(manifest));

const decodeText = (text: string): Manifest => decodeManifest('manifests/t/0/m.json', new TextEncoder().encode(text));

describe('a manifest', () => {
  it('is read back as it was written', () => {
    fc.assert(
      fc.property(anyManifest, manifest => {
        expect(decodeText(textOf(manifest))).toEqual(manifest);
      }),
    );
  });

  it('counts the bytes of its chapters and its segments', () => {
    fc.assert(
      fc.property(anySegments, fc.nat(12), (segments, inChapter) => {
        const chapters = [chapterOf('c', segments.slice(0, inChapter))];
        const total = segments.reduce((sum, { sizeInBytes }) => sum + sizeInBytes, 0);
        expect(bytesOf({ chapters, segments: segments.slice(inChapter) })).toBe(total);
      }),
    );
  });

  it('of 128 segments with a full index each takes 0.6 MiB', () => {
    const index = Array.from({ length: 256 }, (_, point) => ({
      offset: 1e12 + point * 3_271,
      position: point * 262_144,
      maxTimestampBefore: 1_700_000_000_000 + point * 60_000,
    }));
    const segments = Array.from({ length: 128 }, (_, number) => ({
      ...segmentAt({ baseOffset: number, count: 1 }),
      index,
    }));
    const { byteLength } = encodeManifest({ chapters: [], segments });
    expect(Math.round((10 * byteLength) / 2 ** 20)).toBe(6);
  });

  const tiling = [segmentAt({ baseOffset: 0, count: 5 }), segmentAt({ baseOffset: 5, count: 5 })];

  it.each([
    ['segments leave a gap', textOf({ chapters: [], segments: [...tiling, segmentAt({ baseOffset: 11, count: 1 })] })],
    ['segments overlap', textOf({ chapters: [], segments: [...tiling, segmentAt({ baseOffset: 9, count: 1 })] })],
    [
      'its segments do not follow its chapters',
      textOf({ chapters: [chapterOf('c', tiling)], segments: [segmentAt({ baseOffset: 11, count: 1 })] }),
    ],
    [
      'it has the format of another version',
      textOf({ chapters: [], segments: tiling }).replace('"format":2', '"format":3'),
    ],
    ['it ends early', textOf({ chapters: [], segments: tiling }).slice(0, -10)],
    ['it is empty', ''],
  ])('is refused where %s', (_what, text) => {
    expect(() => decodeText(text)).toThrow(expect.objectContaining({ code: 'STORAGE_ERROR' }));
  });

  it('is read where it was written before segments could be cleaned', () => {
    const text = textOf({ chapters: [], segments: tiling }).replace('"format":2', '"format":1');
    expect(decodeText(text)).toEqual({ chapters: [], segments: tiling });
  });
});
