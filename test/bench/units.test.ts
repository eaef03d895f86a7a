/** The units of the cost table, with dynalite's own count of them as oracle. */
import type { PutItemCommandOutput } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDynamoTable } from '../contract/support/aws-stores.ts';
import { startDynamoEmulator } from '../contract/support/emulators.ts';
import { newEntry } from './new-entry.ts';
import { itemBytes, readUnits, writeUnits } from './units.ts';

const open = async () => {
  const emulator = await startDynamoEmulator();
  const { table, client, close } = await openDynamoTable(emulator.url);
  let consumed: number | undefined;
  client.middlewareStack.add(
    next => async args => {
      const { output, ...rest } = await next({
        ...args,
        input: { ...args.input, ReturnConsumedCapacity: 'TOTAL' } as never,
      });
      consumed = (output as PutItemCommandOutput).ConsumedCapacity?.CapacityUnits;
      return { output, ...rest };
    },
    { step: 'initialize' },
  );
  return { table, consumed: () => consumed, close: () => close().then(emulator.close) };
};

describe('units', () => {
  let dynamo: Awaited<ReturnType<typeof open>>;
  beforeAll(async () => {
    dynamo = await open();
  });
  afterAll(() => dynamo.close());

  // the emulator's size of a number depends on its digits, so the times are always the same
  const time = 1_700_000_000_123;
  const made = newEntry('log/a', { baseOffset: 1_000, batch: new Uint8Array(), count: 17 });
  const entry = { ...made, expiresAt: time, attributes: { ...made.attributes, c: time, t: time } };
  const withBatch = (bytes: number, pk = `log/${bytes}`) => {
    return { ...entry, pk, attributes: { ...entry.attributes, b: new Uint8Array(bytes) } };
  };

  it.each([1, 800, 900, 950, 1_900, 8_000])('count an entry of a batch of %i bytes as dynalite does', async bytes => {
    const item = withBatch(bytes);
    await dynamo.table.create(item);
    expect(writeUnits(itemBytes(item))).toBe(dynamo.consumed());
    await dynamo.table.get(item);
    expect(readUnits(itemBytes(item))).toBe(dynamo.consumed());
  });

  it.each([
    { itemSize: 1_023, units: 1 },
    { itemSize: 1_024, units: 1 },
    { itemSize: 1_025, units: 2 },
  ])('are $units for an item of $itemSize bytes', async ({ itemSize, units }) => {
    const item = withBatch(itemSize - itemBytes(entry), `log/${itemSize % 10}`);
    expect(itemBytes(item)).toBe(itemSize);
    await dynamo.table.create(item);
    expect([writeUnits(itemBytes(item)), dynamo.consumed()]).toEqual([units, units]);
  });
});
