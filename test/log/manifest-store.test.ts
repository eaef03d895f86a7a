import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryObjectStore } from '../../lib/adapters/memory/object-store.ts';
import type { PublishedKey } from '../../lib/log/catalogue.ts';
import { awsLogSettings } from '../../lib/log/deps.ts';
import { bytesOf, chapterOf, emptyManifest, encodeManifest, type Manifest } from '../../lib/log/manifest.ts';
import { ManifestStore } from '../../lib/log/manifest-store.ts';
import type { LogSegment } from '../../lib/log/segment.ts';
import { MovedError } from '../../lib/log/walk.ts';
import type { ObjectStore } from '../../lib/ports/object-store.ts';
import { segmentAt, segmentsFrom } from './segment-arbitrary.ts';

const at = { topicId: 't', partition: 0 };
const LISTED = awsLogSettings.segmentsListed;
const MIB = 2 ** 20;

let keys = 0;
const newKey = (): PublishedKey => ({ fence: 0, id: String(keys++).padStart(22, '0') });

interface Subject {
  readonly objects: ObjectStore;
  readonly manifests: ManifestStore;
  /** Keys of the objects that were asked for since the last call of this. */
  takeGets(): readonly string[];
}

/** A store of manifests as a worker that remembers nothing has it. */
function subject(inner: ObjectStore = new MemoryObjectStore({ now: () => 0 })): Subject {
  const gets: string[] = [];
  const objects: ObjectStore = {
    put: (key, bytes) => inner.put(key, bytes),
    get(key, range) {
      gets.push(key);
      return inner.get(key, range);
    },
    delete: removed => inner.delete(removed),
    list: prefix => inner.list(prefix),
  };
  const manifests = new ManifestStore({ objects, settings: awsLogSettings });
  return { objects: inner, manifests, takeGets: () => gets.splice(0) };
}

/** The manifest as it is read back after it was written. */
async function written({ manifests }: Subject, manifest: Manifest): Promise<Manifest> {
  return manifests.read(await manifests.write(at, manifest, newKey));
}

const idsOf = (segments: readonly LogSegment[]): readonly string[] => segments.map(({ id }) => id);

/** What one segment in the place of several is. */
function mergedOf(run: readonly LogSegment[]): LogSegment {
  const { baseOffset, nextOffset, ...said } = chapterOf('', run);
  return segmentAt({ baseOffset, count: nextOffset - baseOffset, sizeInBytes: said.sizeInBytes });
}

describe('a manifest that is written', () => {
  it('lists up to 128 segments itself', async () => {
    const segments = segmentsFrom(0, LISTED);
    expect(await written(subject(), { chapters: [], segments })).toEqual({ chapters: [], segments });
  });

  it('of more puts the older 64 into a chapter', async () => {
    const segments = segmentsFrom(0, LISTED + 1);
    const { chapters, segments: listed } = await written(subject(), { chapters: [], segments });
    expect(chapters).toEqual([chapterOf(expect.any(String) as string, segments.slice(0, LISTED / 2))]);
    expect(listed).toEqual(segments.slice(LISTED / 2));
  });

  it('is named by no key where nothing is in it, and read as empty', async () => {
    const { manifests, takeGets } = subject();
    expect(await manifests.write(at, emptyManifest, newKey)).toBeUndefined();
    expect(await manifests.read(undefined)).toEqual(emptyManifest);
    expect(takeGets()).toEqual([]);
  });

  it('has moved where it is gone', async () => {
    await expect(subject().manifests.read('manifests/t/0/gone.json')).rejects.toThrow(MovedError);
  });

  it('shows another worker the segments from an offset on, for one request and one a chapter on the way', async () => {
    const first = subject();
    const segments = segmentsFrom(0, 2 * LISTED);
    const key = await first.manifests.write(at, { chapters: [], segments }, newKey);
    for (const [offset, chapterGets] of [
      [3, 2],
      [64, 1],
      [129, 0],
      [200, 0],
    ] as const) {
      const { manifests, takeGets } = subject(first.objects);
      const shown: LogSegment[] = [];
      for await (const segment of manifests.segmentsFrom(await manifests.read(key), offset)) shown.push(segment);
      expect(idsOf(shown)).toEqual(idsOf(segments.slice(offset)));
      expect(takeGets()).toHaveLength(1 + chapterGets);
    }
  });

  it('shows the segment of an offset for one request more, however many chapters there are', async () => {
    const first = subject();
    const key = await first.manifests.write(at, { chapters: [], segments: segmentsFrom(0, 20 * LISTED) }, newKey);
    for (const offset of [0, 700, 1_500, 2_559]) {
      const { manifests, takeGets } = subject(first.objects);
      for await (const segment of manifests.segmentsFrom(await manifests.read(key), offset)) {
        expect(segment.baseOffset).toBe(offset);
        break;
      }
      expect(takeGets().length).toBeLessThanOrEqual(2);
    }
  });
});

describe('segments that take the place of others', () => {
  /** Three chapters of 64 and 128 segments listed: offsets 0 to 319. */
  const whole = segmentsFrom(0, 320);

  it.each([
    ['in the list', 250, 258],
    ['in a chapter', 70, 78],
    ['at the start of a chapter', 64, 72],
    ['that are a whole chapter', 64, 128],
    ['across two chapters', 120, 136],
    ['across a chapter and the list', 188, 196],
    ['across everything', 0, 320],
  ])('take that of neighbours %s', async (_where, from, to) => {
    const here = subject();
    const manifest = await written(here, { chapters: [], segments: whole });
    expect(manifest.chapters).toHaveLength(3);
    const taken = whole.slice(from, to);
    const merged = mergedOf(taken);
    const changed = await here.manifests.replaced(at, manifest, { taken, given: [merged], newKey });
    const expected = [...whole.slice(0, from), merged, ...whole.slice(to)];
    expect(await here.manifests.segmentsOf(await written(here, changed ?? emptyManifest))).toEqual(expected);
  });

  it.each([
    ['in a chapter', 10],
    ['that are a chapter', 64],
    ['of two chapters', 100],
    ['of all chapters and some of the list', 200],
    ['that are all', 320],
  ])('may be none, for the first %s', async (_where, count) => {
    const here = subject();
    const manifest = await written(here, { chapters: [], segments: whole });
    const changed = await here.manifests.replaced(at, manifest, { taken: whole.slice(0, count), given: [], newKey });
    expect(await here.manifests.segmentsOf(changed ?? manifest)).toEqual(whole.slice(count));
    expect(bytesOf(changed ?? manifest)).toBe((320 - count) * 1_000);
  });

  it('are refused where one that they replace is gone, was replaced, or is not there yet', async () => {
    const here = subject();
    const manifest = await written(here, { chapters: [], segments: whole });
    const change = (taken: readonly LogSegment[]) =>
      here.manifests.replaced(at, manifest, { taken, given: [mergedOf(taken)], newKey });
    const stranger = (baseOffset: number) => segmentAt({ baseOffset, count: 1 });
    for (const offset of [70, 128, 250]) {
      const taken = whole.slice(offset, offset + 4);
      expect(await change([...taken.slice(0, 2), stranger(offset + 2), ...taken.slice(3)])).toBeUndefined();
      expect(await change([...taken.slice(0, 2), ...taken.slice(3)])).toBeUndefined();
    }
    expect(await change([...whole.slice(318), stranger(320)])).toBeUndefined();
    expect(await change([])).toBeUndefined();
  });

  type Step =
    | { readonly kind: 'roll'; readonly count: number }
    | { readonly kind: 'merge'; readonly from: number; readonly count: number }
    | { readonly kind: 'expire'; readonly count: number };

  const anyStep: fc.Arbitrary<Step> = fc.oneof(
    fc.record({ kind: fc.constant('roll' as const), count: fc.integer({ min: 1, max: 150 }) }),
    fc.record({
      kind: fc.constant('merge' as const),
      from: fc.nat(500),
      count: fc.oneof(fc.integer({ min: 2, max: 8 }), fc.integer({ min: 2, max: 150 })),
    }),
    fc.record({ kind: fc.constant('expire' as const), count: fc.integer({ min: 1, max: 100 }) }),
  );

  it('leave, step by step, what a plain list would have, with at most 128 in the list and no chapter that says what is not so', () =>
    fc.assert(
      fc.asyncProperty(fc.array(anyStep, { maxLength: 25 }), async steps => {
        const here = subject();
        let model: readonly LogSegment[] = [];
        let manifest = emptyManifest;
        for (const step of steps) {
          const [next, changed] = await after(here, { step, model, manifest });
          model = next;
          manifest = await written(here, changed);
          expect(await here.manifests.segmentsOf(manifest)).toEqual(model);
          expect(manifest.segments.length).toBeLessThanOrEqual(LISTED);
          for (const chapter of manifest.chapters) {
            expect(chapter).toEqual(
              chapterOf(chapter.objectKey, (await here.manifests.read(chapter.objectKey)).segments),
            );
          }
        }
      }),
      { numRuns: 60 },
    ));

  interface Before {
    readonly step: Step;
    readonly model: readonly LogSegment[];
    readonly manifest: Manifest;
  }

  async function after({ manifests }: Subject, { step, model, manifest }: Before) {
    if (step.kind === 'roll') {
      const rolled = segmentsFrom(model.at(-1)?.nextOffset ?? 0, step.count);
      return [[...model, ...rolled], { ...manifest, segments: [...manifest.segments, ...rolled] }] as const;
    }
    const from = step.kind === 'merge' ? Math.min(step.from, model.length) : 0;
    const taken = model.slice(from, from + step.count);
    if (taken.length === 0) return [model, manifest] as const;
    const given = step.kind === 'merge' ? [mergedOf(taken)] : [];
    const changed = await manifests.replaced(at, manifest, { taken, given, newKey });
    if (!changed) throw new Error('it was refused');
    return [[...model.slice(0, from), ...given, ...model.slice(from + taken.length)], changed] as const;
  }
});

describe('manifests that were read', () => {
  /** Of about a MiB each as they are stored. */
  async function large(count: number): Promise<{ readonly objects: ObjectStore; readonly keys: readonly string[] }> {
    const { objects } = subject();
    const keys = Array.from({ length: count }, (_, number) => `manifests/t/0/${number}.json`);
    for (const key of keys) {
      const id = 'x'.repeat(MIB / 2);
      await objects.put(key, encodeManifest({ chapters: [], segments: [segmentAt({ baseOffset: 0, count: 1, id })] }));
    }
    return { objects, keys };
  }

  it('are remembered up to 8 MiB, the least recently used going first', async () => {
    const { objects, keys } = await large(16);
    const { manifests, takeGets } = subject(objects);
    for (const key of keys) await manifests.read(key);
    expect(takeGets()).toEqual(keys);
    const [used = '', ...rest] = keys.slice(-7);
    for (const key of [...rest, used]) await manifests.read(key);
    expect(takeGets()).toEqual([]);
    await manifests.read(keys[0]);
    expect(takeGets()).toEqual([keys[0]]);
    // it went in place of the one used least recently, which is the second of the rest by now
    await manifests.read(used);
    expect(takeGets()).toEqual([]);
    await manifests.read(rest[0]);
    expect(takeGets()).toEqual([rest[0]]);
  });

  it('are asked for by several at once, and counted once', async () => {
    const { objects, keys } = await large(9);
    const { manifests, takeGets } = subject(objects);
    for (const key of keys.slice(0, 7)) await Promise.all([1, 2, 3].map(() => manifests.read(key)));
    takeGets();
    for (const key of keys.slice(0, 7)) await manifests.read(key);
    expect(takeGets()).toEqual([]);
  });
});
