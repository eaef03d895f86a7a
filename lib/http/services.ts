/** What the HTTP surface is given by whoever composes it: the local server, or a Lambda function. */
import type { KeyViews } from '../fetch/key-views.ts';
import type { LogServices } from '../log/log-services.ts';
import type { ObjectLinks } from '../ports/object-links.ts';
import type { ClusterId } from '../topics/cluster-id.ts';
import type { Worker } from '../topics/workers.ts';
import type { TriggerPorts, TriggerServices } from '../triggers/services.ts';

export interface HttpServices extends LogServices {
  readonly clusterId: ClusterId;
  /** This process. */
  readonly worker: Worker;
  /** On how many machines or zones the stores keep a record; what topics report. */
  readonly replicationFactor: number;
  /** Links to objects in their store; without it, the server answers them itself, under its own URL. */
  readonly objectLinks?: ObjectLinks;
  /** How triggers are started here, and what they may invoke. */
  readonly triggers: TriggerPorts;
}

/** The same, with what the app itself remembers for its routes. */
export interface AppServices extends HttpServices, TriggerServices {
  readonly keyViews: KeyViews;
}

/** The routes that a Lambda function serves; the local server serves all. */
export type ServedRoutes = 'all' | 'produce' | 'fetch' | 'topics' | 'groups';
