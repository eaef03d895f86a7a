/** What became of the records of one partition, and whether it did in the order of their offsets. */
import type { FailedBatch } from '../../lib/ports/failure-destination.ts';
import type { Delivered } from './world.ts';

export class Ledger {
  /** Records that the function took, each as often as it did. */
  readonly handled: number[] = [];
  readonly givenUp: number[] = [];
  /** What must not be: an event that begins behind a record of which nothing became. */
  readonly skipped: string[] = [];

  /** An event that is being delivered. */
  begin({ offsets }: Delivered): void {
    const [first = 0] = offsets;
    for (let offset = 0; offset < first; offset++) {
      if (!this.isSettled(offset)) this.skipped.push(`${offset}, before ${offsets.join(' ')}`);
    }
  }

  handle(offsets: readonly number[]): void {
    this.handled.push(...offsets);
  }

  giveUp({ metadata }: FailedBatch): void {
    const [range] = Object.values(
      (JSON.parse(metadata) as { readonly KafkaBatchInfo: { readonly recordsInfo: Record<string, RangeInfo> } })
        .KafkaBatchInfo.recordsInfo,
    );
    for (
      let offset = Number(range?.firstRecordOffset ?? 0);
      offset <= Number(range?.lastRecordOffset ?? -1);
      offset++
    ) {
      this.givenUp.push(offset);
    }
  }

  isSettled(offset: number): boolean {
    return this.handled.includes(offset) || this.givenUp.includes(offset);
  }
}

interface RangeInfo {
  readonly firstRecordOffset: string;
  readonly lastRecordOffset: string;
}
