/** The produce path: takes records, and creates their log entries. */
import type { Construct } from 'constructs';
import type { Maintenance } from './maintenance.ts';
import { PathFunction } from './path-function.ts';
import type { Storage } from './storage.ts';

export interface ProduceProps {
  readonly storage: Storage;
  readonly maintenance: Maintenance;
}

export class Produce extends PathFunction {
  constructor(scope: Construct, id: string, { storage, maintenance }: ProduceProps) {
    super(scope, id, {
      entry: 'produce',
      description: 'Millrace: append records to a partition',
      memoryInMiB: 1024,
    });
    storage.grantLog(this, ['GetItem', 'Query', 'PutItem']);
    storage.grantCluster(this, ['GetItem', 'Query', 'PutItem']);
    storage.grantObjects(this, {
      batches: ['GetObject', 'PutObject'],
      segments: ['GetObject'],
      manifests: ['GetObject'],
    });
    maintenance.grantStart(this);
  }
}
