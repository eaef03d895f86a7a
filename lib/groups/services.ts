/** What every use case of groups is given: that of logs, and what one process remembers of groups. */
import type { LogServices } from '../log/log-services.ts';
import { Assignments } from './assignments.ts';
import { KnownOffsets } from './known-offsets.ts';

export interface GroupServices extends LogServices {
  readonly assignments: Assignments;
  readonly knownOffsets: KnownOffsets;
}

export const createGroupServices = (services: LogServices): GroupServices => ({
  ...services,
  assignments: new Assignments(services),
  knownOffsets: new KnownOffsets(),
});
