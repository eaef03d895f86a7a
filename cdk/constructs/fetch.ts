/** The fetch path: reads records, and finds offsets. */
import type { Construct } from 'constructs';
import type { Maintenance } from './maintenance.ts';
import { PathFunction } from './path-function.ts';
import type { Storage } from './storage.ts';

export interface FetchProps {
  readonly storage: Storage;
  readonly maintenance: Maintenance;
}

export class Fetch extends PathFunction {
  constructor(scope: Construct, id: string, { storage, maintenance }: FetchProps) {
    super(scope, id, {
      entry: 'fetch',
      description: 'Millrace: read records of partitions, and look up offsets',
      memoryInMiB: 1024,
    });
    storage.grantLog(this, ['Query']);
    // It writes its own mark among the workers seen lately, and nothing else.
    storage.grantCluster(this, ['GetItem', 'Query', 'PutItem']);
    storage.grantObjects(this, { batches: ['GetObject'], segments: ['GetObject'], manifests: ['GetObject'] });
    maintenance.grantStart(this);
  }
}
