/**
 * A downstream function: it keeps the offset and the number of every record that it is given, in their order. What it cannot handle it
 * throws at, before it keeps anything, or reports when it has kept what is before it.
 */
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { SelfManagedKafkaEvent } from 'aws-lambda';
import type { Numbered } from './topics.ts';

type KafkaRecord = SelfManagedKafkaEvent['records'][string][number];

const dynamo = new DynamoDBClient();
const { KEPT_TABLE: TableName = '', FAILURE_WAY: way, KEPT_AS: name = '' } = process.env;

const read = ({ value }: KafkaRecord): Numbered => JSON.parse(Buffer.from(value, 'base64').toString());

export async function handler({ records }: SelfManagedKafkaEvent) {
  const all = Object.entries(records).flatMap(([partition, some]) => some.map(record => ({ partition, record })));
  const poison = all.findIndex(({ record }) => read(record).isPoison);
  if (poison !== -1 && way !== 'reports') throw new Error(`cannot handle offset ${all[poison]?.record.offset}`);
  const good = poison === -1 ? all : all.slice(0, poison);
  for (const [partition, some] of Map.groupBy(good, each => each.partition)) {
    await keep(
      partition,
      some.map(({ record }) => record),
    );
  }
  const failed = all[poison];
  const itemIdentifier = failed && { partition: failed.partition, offset: failed.record.offset };
  return { batchItemFailures: itemIdentifier ? [{ itemIdentifier }] : [] };
}

async function keep(partition: string, records: readonly KafkaRecord[]): Promise<void> {
  const numbers = (values: readonly number[]) => ({ L: values.map(value => ({ N: String(value) })) });
  await dynamo.send(
    new UpdateItemCommand({
      TableName,
      Key: { pk: { S: `${name}/${partition}` } },
      UpdateExpression:
        'SET offsets = list_append(if_not_exists(offsets, :none), :offsets), ' +
        'numbers = list_append(if_not_exists(numbers, :none), :numbers)',
      ExpressionAttributeValues: {
        ':none': { L: [] },
        ':offsets': numbers(records.map(({ offset }) => offset)),
        ':numbers': numbers(records.map(record => read(record).number)),
      },
    }),
  );
}
