/**
 * The server of `@durable-streams/server` with a data folder. It answers an append once the stream's file is synced and its
 * offset is committed to LMDB.
 *
 * Run as a process of its own: `node test/bench/peers/durable-streams-server.ts <data folder>`.
 */
import { mkdirSync } from 'node:fs';
import { DurableStreamTestServer } from '@durable-streams/server';

const [dataDir = '.'] = process.argv.slice(2);
mkdirSync(dataDir, { recursive: true });
const server = new DurableStreamTestServer({ port: 0, host: '127.0.0.1', dataDir });
console.log(`ready on ${await server.start()}`);

process.once('SIGTERM', () => {
  server.stop().then(
    () => process.exit(),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
