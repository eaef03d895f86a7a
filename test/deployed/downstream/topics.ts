/** What the downstream stack, its function and the test agree on. */

/** Read by a function that takes everything. */
export const ORDERS = 'deployed-orders';

/** Read by two functions that one record of it makes fail. */
export const POISONED = 'deployed-poisoned';

/** Where one of those two gives up records. */
export const FAILED = 'deployed-failed';

/** The second deployment of the stack adds partitions to orders, and changes its trigger. */
export const revisions = { first: 'first', second: 'second' } as const;

export type Revision = keyof typeof revisions;

export const partitionsOfOrders: Readonly<Record<Revision, number>> = { first: 3, second: 4 };

/** What is produced: its number among those of its topic, and whether it is the one that cannot be handled. */
export interface Numbered {
  readonly number: number;
  readonly isPoison?: boolean;
}

/** What a function keeps of a partition, as an item: parallel lists, in the order in which it was given the records. */
export interface KeptItem {
  /** `<function>/<topic>-<partition>` */
  readonly pk: string;
  readonly offsets: readonly number[];
  readonly numbers: readonly number[];
}

/** How a function says that it cannot handle a record. */
export const failures = ['throws', 'reports'] as const;

export type FailureWay = (typeof failures)[number];
