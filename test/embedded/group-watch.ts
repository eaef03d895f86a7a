/** What a run looks at from outside: what the group has committed, who has what, and what is in the logs. */
import { setTimeout } from 'node:timers/promises';
import type { PartitionLag } from '../../lib/client/group-shapes.ts';
import type { MillraceClient } from '../../lib/client/millrace-client.ts';
import { GROUP, PARTITIONS, TOPIC } from './group-settings.ts';

const LOOK_EVERY_MS = 250;

/** Looks again and again at what is committed. */
export class CommitWatch {
  /** Commits that were less than they had been. */
  readonly wentBack: string[] = [];
  looks = 0;
  readonly #client: MillraceClient;
  readonly #highest = new Map<number, number>();
  readonly #watching: Promise<void>;
  #isStopped = false;

  constructor(client: MillraceClient) {
    this.#client = client;
    this.#watching = this.#watch();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#watching;
  }

  async #watch(): Promise<void> {
    while (!this.#isStopped) {
      // before the first member is there, there is no group
      const committed = await this.#client.groups.committed(GROUP).catch(() => []);
      this.looks++;
      for (const { partition, offset } of committed) {
        const before = this.#highest.get(partition) ?? 0;
        if (offset < before) this.wentBack.push(`partition ${partition}: ${offset} after ${before}`);
        this.#highest.set(partition, offset);
      }
      await setTimeout(LOOK_EVERY_MS);
    }
  }
}

/** The partitions that are none of these members'. */
export const unownedPartitions = (lags: readonly PartitionLag[], members: readonly (string | undefined)[]): number[] =>
  Array.from({ length: PARTITIONS }, (_, partition) => partition).filter(
    partition => !lags.some(lag => lag.partition === partition && lag.member && members.includes(lag.member)),
  );

/** The values of a partition, by their offset. */
export async function readLog(client: MillraceClient, partition: number): Promise<readonly string[]> {
  const values: string[] = [];
  for (;;) {
    const page = await client.read({ topic: TOPIC, partition, offset: values.length });
    for (const { value } of page.records) values.push(String(value));
    if (page.nextOffset >= page.highWatermark) return values;
  }
}
