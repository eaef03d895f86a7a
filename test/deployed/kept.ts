/** What downstream functions have kept. */
import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';

export interface KeptOfPartition {
  /** In the order in which the function was given them. */
  readonly offsets: readonly number[];
  readonly numbers: readonly number[];
}

/** By `<topic>-<partition>`, what the function of that name has kept. */
export async function readKept(
  client: DynamoDBClient,
  TableName: string,
  name: string,
): Promise<ReadonlyMap<string, KeptOfPartition>> {
  const { Items = [] } = await client.send(new ScanCommand({ TableName, ConsistentRead: true }));
  const all = Items.map(({ pk, offsets, numbers }) => {
    const list = (value: typeof offsets) => value?.L?.map(({ N }) => Number(N)) ?? [];
    return [pk?.S ?? '', { offsets: list(offsets), numbers: list(numbers) }] as const;
  });
  const own = all.filter(([pk]) => pk.startsWith(`${name}/`));
  return new Map(own.map(([pk, kept]) => [pk.slice(name.length + 1), kept]));
}
