/**
 * The aws adapters against dynalite and s3rver in this process, and against the endpoint in AWS_ENDPOINT_URL if there is one.
 */
import { describe, it } from 'vitest';
import { itemTableContract } from './item-table.contract.ts';
import { objectStoreContract } from './object-store.contract.ts';
import { openDynamoTable, openS3Bucket } from './support/aws-stores.ts';
import { type Emulator, startDynamoEmulator, startS3Emulator } from './support/emulators.ts';
import type { ReplyDropper } from './support/reply-dropper.ts';

const endpoint = process.env.AWS_ENDPOINT_URL;

itemTableContract('aws, on dynalite', () => openTable(startDynamoEmulator), {
  proto: 'dynalite forgets attributes named __proto__',
});
objectStoreContract('aws, on s3rver', () => openBucket(startS3Emulator), {
  rangeOfEmpty: 's3rver cuts the connection',
  markup: 's3rver escapes it twice in lists',
  order: 's3rver lists a folder before names that sort between it and its slash',
});

if (endpoint) {
  const given = async () => ({ url: endpoint, close: async () => undefined });
  itemTableContract(`aws, on ${endpoint}`, () => openTable(given));
  objectStoreContract(`aws, on ${endpoint}`, () => openBucket(given));
} else {
  describe('aws, on a given endpoint', () => {
    it('did NOT run, because AWS_ENDPOINT_URL is not set: both contracts', () => undefined);
  });
}

async function openTable(start: () => Promise<Emulator>) {
  const emulator = await start();
  const { table, replies, close } = await openDynamoTable(emulator.url);
  return { table, ...losing(replies), close: () => close().finally(emulator.close) };
}

async function openBucket(start: () => Promise<Emulator>) {
  const emulator = await start();
  const { store, replies, close } = await openS3Bucket(emulator.url);
  return { store, ...losing(replies), close: () => close().finally(emulator.close) };
}

function losing(replies: ReplyDropper) {
  return { loseNextReply: () => replies.dropNext(), lostReplies: () => replies.dropped };
}
