/** The topics path: clusters, brokers, topics and their configs; and the answer to whatever is no route at all. */
import type { Construct } from 'constructs';
import { PathFunction } from './path-function.ts';
import type { Storage } from './storage.ts';

export interface TopicsProps {
  readonly storage: Storage;
}

export class Topics extends PathFunction {
  constructor(scope: Construct, id: string, { storage }: TopicsProps) {
    super(scope, id, {
      entry: 'topics',
      description: 'Millrace: clusters, brokers, topics and their configs',
      memoryInMiB: 512,
    });
    storage.grantCluster(this, ['GetItem', 'Query', 'PutItem']);
  }
}
