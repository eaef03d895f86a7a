/** The Millrace that the demo talks to: one that runs already, or one of its own that leaves nothing behind. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer } from '../../lib/embedded/server.ts';

/** More often than a server that is to last: the demo waits for it. */
const MAINTENANCE_INTERVAL_MS = 500;

export interface DemoServer {
  readonly url: string;
  close(): Promise<void>;
}

export async function useServer(url: string | undefined): Promise<DemoServer> {
  return url === undefined ? startOwnServer() : { url, close: async () => {} };
}

async function startOwnServer(): Promise<DemoServer> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'millrace-demo-'));
  const removeData = () => rm(dataFolder, { recursive: true, force: true });
  try {
    const server = await startServer({
      host: '127.0.0.1',
      port: 0,
      dataFolder,
      maintenanceIntervalMs: MAINTENANCE_INTERVAL_MS,
      onFault: error => console.error(error),
    });
    return { url: server.url, close: () => server.close().finally(removeData) };
  } catch (error) {
    await removeData();
    throw error;
  }
}
