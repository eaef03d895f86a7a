/** The groups path: consumers and their groups, which read records and commit how far they have read; and triggers, which are groups too. */
import type { Construct } from 'constructs';
import type { Dispatcher } from './dispatcher.ts';
import type { Maintenance } from './maintenance.ts';
import { PathFunction } from './path-function.ts';
import type { Storage } from './storage.ts';

export interface GroupsProps {
  readonly storage: Storage;
  readonly maintenance: Maintenance;
  readonly dispatcher: Dispatcher;
}

export class Groups extends PathFunction {
  constructor(scope: Construct, id: string, { storage, maintenance, dispatcher }: GroupsProps) {
    super(scope, id, {
      entry: 'groups',
      description: 'Millrace: consumers, consumer groups and triggers',
      memoryInMiB: 1024,
    });
    storage.grantLog(this, ['Query']);
    storage.grantCluster(this, ['GetItem', 'Query', 'PutItem', 'DeleteItem']);
    storage.grantObjects(this, { batches: ['GetObject'], segments: ['GetObject'], manifests: ['GetObject'] });
    maintenance.grantStart(this);
    dispatcher.grantStart(this);
  }
}
