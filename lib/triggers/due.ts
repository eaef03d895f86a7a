/**
 * The list of what is due: an item for every run that was begun and has not come to its end. It is written before a runner takes its
 * partition, and removed after its last look at the end of the log; so whatever a runner leaves undone, because it died or because
 * nobody started it, is found here once the time noted has passed.
 */
import { queryAll } from '../log/query-all.ts';
import { createSettled, replaceSettled } from '../log/settled-write.ts';
import type { RunRequest } from '../ports/runner-starter.ts';
import { allDue, type DueRun, dueAttributes, dueFromItem, dueKey } from './items.ts';
import type { TriggerServices } from './services.ts';

/** Writes that may come between before a run is taken to be noted by others. */
const TRIES = 3;

/** Notes the run, anew where it is noted already: whoever noted it before can no longer remove it. */
export async function noteDue(services: TriggerServices, run: RunRequest, at: number): Promise<DueRun> {
  const item = () => ({ ...dueKey(run), writeId: services.random.id(), attributes: dueAttributes({ ...run, at }) });
  const created = await createSettled(services, item());
  if (created.outcome === 'created') return dueFromItem(created.item);
  let present = created.item;
  for (let tries = 0; tries < TRIES; tries++) {
    const replaced = await replaceSettled(services, item(), present.version);
    if (replaced.outcome === 'replaced') return dueFromItem(replaced.item);
    if (!replaced.item) return noteDue(services, run, at);
    present = replaced.item;
  }
  // others note it all the time: it is theirs to remove
  return { ...dueFromItem(present), version: 0 };
}

/** Removes the note unless somebody noted the run again since. */
export async function removeDue(services: TriggerServices, due: DueRun): Promise<void> {
  await services.cluster.delete(dueKey(due), due.version);
}

export async function* readDue({ cluster }: Pick<TriggerServices, 'cluster'>): AsyncGenerator<DueRun> {
  for await (const item of queryAll(cluster, allDue)) yield dueFromItem(item);
}
