import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { type RunningServer, startServer } from '../../lib/embedded/server.ts';
import { boundCases } from './bounds.cases.ts';
import { Client } from './client.ts';
import { crowdLimitCases } from './crowd-limits.cases.ts';
import { conformanceSuite } from './suite.ts';
import { triggerDeliveryCases } from './trigger-delivery.cases.ts';

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

const url = () => server?.url ?? expect.fail('the server does not run');

conformanceSuite('embedded', url);

describe('conformance: embedded, with functions on this machine and a deployment of its own', () => {
  const client = new Client(url);
  describe('trigger delivery', () => triggerDeliveryCases(client));
  describe('bounds', () => boundCases(client));
  describe('crowds', () => crowdLimitCases(client));
  afterAll(() => client.deleteTopics());
});
