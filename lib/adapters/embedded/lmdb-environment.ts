/**
 * The LMDB environment of a folder, with the two tables in it.
 */
import { open, type RootDatabase } from 'lmdb';
import { type ItemDatabase, itemDatabaseOptions, LmdbItemTable } from './item-table.ts';
import { OpeningGate } from './opening-gate.ts';

export interface ItemEnvironment {
  readonly logTable: LmdbItemTable;
  readonly clusterTable: LmdbItemTable;
  close(): Promise<void>;
}

interface Databases {
  readonly environment: RootDatabase;
  readonly log: ItemDatabase;
  readonly cluster: ItemDatabase;
}

export interface ItemEnvironmentPaths {
  /** The folder of LMDB's own files. */
  readonly folder: string;
  /** The file by which processes keep their opening and writing apart. */
  readonly gate: string;
}

/**
 * Without overlapping syncs a commit is on disk before anybody sees it, and before its promise resolves. Without batching by
 * turn of the event loop nothing is lost, since writes that wait share a commit anyway; with it, a failed commit would also
 * reject a promise that lmdb keeps to itself, and end the process.
 */
const DURABLE = { overlappingSync: false, eventTurnBatching: false } as const;

/** How often this process has each folder open. */
const openHere = new Map<string, number>();

export async function openItemEnvironment({ folder, gate: gatePath }: ItemEnvironmentPaths): Promise<ItemEnvironment> {
  const gate = new OpeningGate(gatePath);
  try {
    // a folder that this process has open is not opened again, but shared: there is nothing to keep apart
    const { environment, log, cluster } = openHere.has(folder)
      ? openDatabases(folder)
      : await gate.whileIdle(() => openDatabases(folder));
    openHere.set(folder, (openHere.get(folder) ?? 0) + 1);
    return {
      logTable: new LmdbItemTable(log, gate),
      clusterTable: new LmdbItemTable(cluster, gate),
      close: async () => {
        forget(folder);
        await environment.close();
        gate.close();
      },
    };
  } catch (error) {
    gate.close();
    throw error;
  }
}

function openDatabases(folder: string): Databases {
  const environment = open({ path: folder, ...DURABLE });
  return {
    environment,
    log: environment.openDB('log', itemDatabaseOptions),
    cluster: environment.openDB('cluster', itemDatabaseOptions),
  };
}

function forget(folder: string): void {
  const times = openHere.get(folder) ?? 0;
  if (times > 1) openHere.set(folder, times - 1);
  else openHere.delete(folder);
}
