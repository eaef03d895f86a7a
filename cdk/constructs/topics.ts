/** The topics path: clusters, brokers, topics, their configs and their segments; and the answer to whatever is no route at all. */
import type { Construct } from 'constructs';
import type { Maintenance } from './maintenance.ts';
import { PathFunction } from './path-function.ts';
import type { Storage } from './storage.ts';

export interface TopicsProps {
  readonly storage: Storage;
  readonly maintenance: Maintenance;
}

export class Topics extends PathFunction {
  constructor(scope: Construct, id: string, { storage, maintenance }: TopicsProps) {
    super(scope, id, {
      entry: 'topics',
      description: 'Millrace: clusters, brokers, topics and their configs',
      memoryInMiB: 512,
    });
    storage.grantLog(this, ['Query']);
    storage.grantCluster(this, ['GetItem', 'Query', 'PutItem']);
    // Whoever holds the URL of a segment that this function signed reads it by this grant.
    storage.grantObjects(this, { segments: ['GetObject'], manifests: ['GetObject'] });
    maintenance.grantStart(this);
  }
}
