/**
 * Publishing a change of a log's boundaries: new objects first, then a new manifest, then the partition state.
 *
 * Commit point: the compare-and-set of the state. It succeeds only while the fence is the one at which the change was begun:
 * whoever has lost the lead, or was overtaken by a sweep, publishes nothing and leaves objects that the sweep takes.
 */
import { MillraceError } from '../protocol/errors.ts';
import { type PublishedKey, partitionStateAttributes, partitionStateKey } from './catalogue.ts';
import type { PartitionState } from './cells.ts';
import type { LogDeps } from './deps.ts';
import type { Manifest } from './manifest.ts';
import type { ManifestStore } from './manifest-store.ts';
import { readVersionedState, type VersionedState, versionedState } from './partition-state.ts';
import { createSettled, replaceSettled } from './settled-write.ts';
import type { TopicPartition } from './topic-partition.ts';

/** Others that may come between before ours gives up. */
const TRIES = 20;

export interface PublishDeps extends Pick<LogDeps, 'cluster' | 'objects' | 'clock' | 'random'> {
  readonly manifests: ManifestStore;
}

/** What a change makes of a state and its manifest. */
export interface Published {
  /** Its manifest key does not matter. */
  readonly state: PartitionState;
  readonly manifest: Manifest;
}

/** Applies a change to what holds now; `undefined` where it does not fit any more. */
export type Change = (state: PartitionState, manifest: Manifest) => Promise<Published | undefined>;

interface PublishParams {
  /** As it was when the change was begun; its fence is the one that must still hold. */
  readonly begun: VersionedState;
  readonly change: Change;
}

/**
 * Publishes a change, and answers with the state that it made; `undefined` where it was not published, or where that cannot be
 * told: whoever works on reads the state anew.
 */
export async function publish(
  deps: PublishDeps,
  at: TopicPartition,
  { begun, change }: PublishParams,
): Promise<VersionedState | undefined> {
  const newKey = () => newPublishedKey(deps, begun);
  let present = begun;
  for (let tries = 0; tries < TRIES; tries++) {
    if (present.state.fence !== begun.state.fence) return undefined;
    const changed = await change(present.state, await deps.manifests.read(present.state.manifestKey));
    if (!changed) return undefined;
    const manifestKey = await deps.manifests.write(at, changed.manifest, newKey);
    const { manifestKey: _replaced, ...boundaries } = changed.state;
    const state = { ...boundaries, ...(manifestKey !== undefined && { manifestKey }) };
    const written = await replaceState(deps, at, { state, version: present.version }).catch(ifUnknown);
    if (written) return written;
    present = await readVersionedState(deps.cluster, at);
  }
  throw new MillraceError('STORE_UNAVAILABLE', 'the partition state changed too often meanwhile; try again');
}

/** Where the store did not say, what is there tells whether the change still fits: not if it was made. */
function ifUnknown(error: unknown): undefined {
  if (!(error instanceof MillraceError && error.outcome === 'unknown')) throw error;
}

/** The key of an object that is to be published by what was begun at a state. */
export const newPublishedKey = ({ random }: Pick<LogDeps, 'random'>, { state }: VersionedState): PublishedKey => ({
  fence: state.fence,
  id: random.id(),
});

/**
 * Writes a state over the version that was read; `undefined` where another was first.
 *
 * @throws MillraceError OUTCOME_UNKNOWN where the store does not say
 */
export async function replaceState(
  deps: Pick<LogDeps, 'cluster' | 'clock' | 'random'>,
  at: TopicPartition,
  { state, version }: VersionedState,
): Promise<VersionedState | undefined> {
  const item = { ...partitionStateKey(at), writeId: deps.random.id(), attributes: partitionStateAttributes(state) };
  if (version === 0) {
    const created = await createSettled(deps, item);
    return created.outcome === 'created' ? versionedState(created.item) : undefined;
  }
  const replaced = await replaceSettled(deps, item, version);
  return replaced.outcome === 'replaced' ? versionedState(replaced.item) : undefined;
}
