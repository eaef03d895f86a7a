/**
 * DynamoDB and S3 in this process, on free ports of 127.0.0.1: dynalite and s3rver.
 */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import S3rver from '@20minutes/s3rver';
import dynalite from 'dynalite';

export interface Emulator {
  readonly url: string;
  close(): Promise<void>;
}

export async function startDynamoEmulator(): Promise<Emulator> {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = () => new Promise<void>(resolve => server.close(() => resolve()));
  return { url: `http://127.0.0.1:${port}`, close };
}

export async function startS3Emulator(): Promise<Emulator> {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-s3-'));
  const options = { address: '127.0.0.1', port: 0, silent: true, directory, allowMismatchedSignatures: true };
  const server = new S3rver(options);
  const { port } = await server.run();
  const close = async () => {
    await server.close();
    await rm(directory, { recursive: true });
  };
  return { url: `http://127.0.0.1:${port}`, close };
}
