/**
 * The list of what is due: a note for every run that was begun and has not come to its end. It is written before a runner takes its
 * partition, and removed after its last look at the end of the log; so whatever a runner leaves undone, because it died or because
 * nobody started it, is found here once the time noted has passed.
 *
 * Each run has a note of its own, so nobody who stood still removes that of another. A run that is started for notes removes them once
 * it has its own.
 */
import { queryAll } from '../log/query-all.ts';
import { createSettled } from '../log/settled-write.ts';
import type { RunRequest } from '../ports/runner-starter.ts';
import { allDue, type DueRun, dueAttributes, dueFromItem, dueKey } from './items.ts';
import type { TriggerServices } from './services.ts';

/** A note is written once. */
const VERSION = 1;

/** Notes the run. */
export async function noteDue(services: TriggerServices, run: RunRequest, at: number): Promise<DueRun> {
  const writeId = services.random.id();
  const created = await createSettled(services, {
    ...dueKey(run, writeId),
    writeId,
    attributes: dueAttributes({ ...run, at }),
  });
  return dueFromItem(created.item);
}

/** The run has ended, or another has noted itself in its place. */
export async function removeDue({ cluster }: Pick<TriggerServices, 'cluster'>, due: Omit<DueRun, 'at'>): Promise<void> {
  await cluster.delete(dueKey(due, due.note), VERSION);
}

export async function* readDue({ cluster }: Pick<TriggerServices, 'cluster'>): AsyncGenerator<DueRun> {
  for await (const item of queryAll(cluster, allDue)) yield dueFromItem(item);
}
