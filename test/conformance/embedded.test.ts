import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { type RunningServer, startServer } from '../../lib/embedded/server.ts';
import { conformanceSuite } from './suite.ts';

let folder: string;
let server: RunningServer | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-conformance-'));
  server = await startServer({ host: '127.0.0.1', port: 0, dataFolder: folder, maintenanceIntervalMs: 100 });
});

afterAll(async () => {
  await server?.close();
  await rm(folder, { recursive: true });
});

conformanceSuite('embedded', () => server?.url ?? expect.fail('the server does not run'));
