/** A short load of producers and readers, whose history is checked as the simulator's are. */
import { describe, expect, it } from 'vitest';
import { type ClientKind, runLoad } from '../history/http-load.ts';
import { countOperations, expectNoAnomaly } from '../history/report.ts';
import type { Client } from './client.ts';

const clients: readonly ClientKind[] = [
  'plain',
  'idempotent',
  'pipelined',
  'replaced',
  'partition-reader',
  'partition-reader',
  'topic-reader',
];

/** The load is over then, however far it got: a cold deployment answers slowly. */
const LOAD_MS = 20_000;

/** Longer than any front door waits. */
const TIMEOUT_MS = 35_000;

export function historyCases(client: Client): void {
  describe('a load of producers and readers', () => {
    it('leaves a history without anomalies', { timeout: 120_000 }, async () => {
      const partitions = 2;
      const { history, calmFrom } = await runLoad({
        servers: () => [client.url],
        clusterId: await client.clusterId(),
        seed: 1,
        topic: await client.createTopic({ partitions }),
        partitions,
        clients,
        requests: 8,
        maxWaitMs: 200,
        over: AbortSignal.timeout(LOAD_MS),
        timeoutMs: TIMEOUT_MS,
        calmTimeoutMs: TIMEOUT_MS,
      });
      expectNoAnomaly(history, { calmFrom });
      const counts = countOperations(history);
      expect(counts.get('produce')?.ok).toBeGreaterThan(15);
      expect(counts.get('fetch')?.ok).toBeGreaterThan(15);
    });
  });
}
