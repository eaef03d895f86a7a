/**
 * Reading and writing manifests. They are immutable, so what was read once is remembered, the least recently used going first.
 */
import type { ObjectStore } from '../ports/object-store.ts';
import { manifestKey, type PublishedKey } from './catalogue.ts';
import type { LogDeps } from './deps.ts';
import {
  chapterOf,
  decodeManifest,
  emptyManifest,
  encodeManifest,
  isEmpty,
  type Manifest,
  type ManifestChapter,
} from './manifest.ts';
import type { LogSegment } from './segment.ts';
import type { TopicPartition } from './topic-partition.ts';
import { MovedError } from './walk.ts';

/** Bytes of manifests and chapters, as they are stored, that a process remembers. */
const REMEMBERED_BYTES = 8 * 1024 * 1024;

export interface SegmentsChange {
  readonly taken: readonly LogSegment[];
  readonly given: readonly LogSegment[];
  readonly newKey: () => PublishedKey;
}

interface Remembered {
  readonly manifest: Manifest;
  readonly sizeInBytes: number;
}

export class ManifestStore {
  readonly #objects: ObjectStore;
  readonly #segmentsListed: number;
  readonly #remembered = new Map<string, Remembered>();
  #bytes = 0;

  constructor({ objects, settings }: Pick<LogDeps, 'objects' | 'settings'>) {
    this.#objects = objects;
    this.#segmentsListed = settings.segmentsListed;
  }

  /**
   * The manifest that a partition state names; an empty one where it names none.
   *
   * @throws MovedError where it is gone: the state has changed, long ago
   */
  async read(objectKey: string | undefined): Promise<Manifest> {
    if (objectKey === undefined) return emptyManifest;
    const known = this.#remembered.get(objectKey);
    if (known) {
      this.#remembered.delete(objectKey);
      this.#remembered.set(objectKey, known);
      return known.manifest;
    }
    const bytes = await this.#objects.get(objectKey);
    if (!bytes) throw new MovedError(`the manifest ${objectKey} is gone`);
    return this.#remember(objectKey, { manifest: decodeManifest(objectKey, bytes), sizeInBytes: bytes.byteLength });
  }

  /**
   * The segments from the one that holds `offset` on, in their order; chapters are read as they are come to.
   *
   * @param isWanted a chapter of which it says no is passed over, unread
   */
  async *segmentsFrom(
    { chapters, segments }: Manifest,
    offset: number,
    isWanted: (chapter: ManifestChapter) => boolean = () => true,
  ): AsyncGenerator<LogSegment> {
    for (const chapter of chapters) {
      if (chapter.nextOffset <= offset || !isWanted(chapter)) continue;
      yield* (await this.read(chapter.objectKey)).segments.filter(within => within.nextOffset > offset);
    }
    yield* segments.filter(segment => segment.nextOffset > offset);
  }

  /** Every segment, in its order. */
  async segmentsOf(manifest: Manifest): Promise<readonly LogSegment[]> {
    const segments: LogSegment[] = [];
    for await (const segment of this.segmentsFrom(manifest, 0)) segments.push(segment);
    return segments;
  }

  /**
   * The manifest with other segments in the place of `taken`, which follow each other; `undefined` where one of them is not in it
   * any more. Chapters that had one of them are written anew.
   */
  async replaced(at: TopicPartition, manifest: Manifest, change: SegmentsChange): Promise<Manifest | undefined> {
    const { taken, given, newKey } = change;
    const takenIds = new Set(taken.map(({ id }) => id));
    const [first] = taken;
    const last = taken.at(-1);
    if (!first || !last) return undefined;
    const isTouched = (stretch: { readonly baseOffset: number; readonly nextOffset: number }) =>
      stretch.nextOffset > first.baseOffset && stretch.baseOffset < last.nextOffset;
    const touched = manifest.chapters.filter(isTouched);
    const listed = await Promise.all(touched.map(async ({ objectKey }) => (await this.read(objectKey)).segments));
    const present = [...listed.flat(), ...manifest.segments].filter(isTouched);
    if (present.length !== taken.length || !present.every(({ id }) => takenIds.has(id))) return undefined;

    const before = listed.flat().filter(segment => segment.nextOffset <= first.baseOffset);
    const after = listed.flat().filter(segment => segment.baseOffset >= last.nextOffset);
    const inChapter = touched.length > 0 ? [...before, ...given, ...after] : [];
    const rewritten = inChapter.length > 0 ? [await this.#writeChapter(at, inChapter, newKey())] : [];
    const untouched = manifest.segments.filter(segment => !takenIds.has(segment.id));
    return {
      chapters: [
        ...manifest.chapters.filter(chapter => chapter.nextOffset <= first.baseOffset),
        ...rewritten,
        ...manifest.chapters.filter(chapter => chapter.baseOffset >= last.nextOffset),
      ],
      segments:
        touched.length > 0
          ? untouched
          : [...untouched, ...given].sort((one, other) => one.baseOffset - other.baseOffset),
    };
  }

  /** Stores a manifest, and the chapter that it has become too long without; answers with its key, or none where it is empty. */
  async write(at: TopicPartition, manifest: Manifest, newKey: () => PublishedKey): Promise<string | undefined> {
    if (isEmpty(manifest)) return undefined;
    const { chapters, segments } = manifest;
    if (segments.length <= this.#segmentsListed) return this.#put(at, manifest, newKey());
    const older = Math.ceil(this.#segmentsListed / 2);
    const chapter = await this.#writeChapter(at, segments.slice(0, older), newKey());
    const shortened = { chapters: [...chapters, chapter], segments: segments.slice(older) };
    return this.write(at, shortened, newKey);
  }

  async #writeChapter(
    at: TopicPartition,
    segments: readonly LogSegment[],
    key: PublishedKey,
  ): Promise<ManifestChapter> {
    return chapterOf(await this.#put(at, { chapters: [], segments }, key), segments);
  }

  async #put(at: TopicPartition, manifest: Manifest, key: PublishedKey): Promise<string> {
    const objectKey = manifestKey(at, key);
    const bytes = encodeManifest(manifest);
    await this.#objects.put(objectKey, bytes);
    this.#remember(objectKey, { manifest, sizeInBytes: bytes.byteLength });
    return objectKey;
  }

  #remember(objectKey: string, remembered: Remembered): Manifest {
    this.#bytes += remembered.sizeInBytes - (this.#remembered.get(objectKey)?.sizeInBytes ?? 0);
    this.#remembered.set(objectKey, remembered);
    for (const [oldest, { sizeInBytes }] of this.#remembered) {
      if (this.#bytes <= REMEMBERED_BYTES || oldest === objectKey) break;
      this.#remembered.delete(oldest);
      this.#bytes -= sizeInBytes;
    }
    return remembered.manifest;
  }
}
