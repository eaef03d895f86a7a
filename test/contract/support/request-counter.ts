/**
 * Counts what goes over the wire, every attempt of the SDK included, by the name of the operation.
 *
 * @example
 * const counter = countRequests(client);
 * await table.create(item);
 * expect(counter.take()).toEqual({ PutItem: 1 });
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import type { MiddlewareStack } from '@smithy/types';

export interface RequestCounter {
  /** The requests since the last call of this, by operation. */
  take(): Record<string, number>;
}

export function countRequests(client: DynamoDBClient | S3Client): RequestCounter {
  let counts: Record<string, number> = {};
  const count = (commandName = 'unknown') => {
    const operation = commandName.replace(/Command$/, '');
    counts[operation] = (counts[operation] ?? 0) + 1;
  };
  const stack = client.middlewareStack as MiddlewareStack<object, object>;
  stack.add(
    (next, context) => args => {
      count(context.commandName);
      return next(args);
    },
    // the SDK's retries are above this step
    { step: 'deserialize', name: 'countRequests' },
  );
  return {
    take: () => {
      const taken = counts;
      counts = {};
      return taken;
    },
  };
}
