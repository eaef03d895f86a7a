/** Waiting for a batch to become full: until its window is over, which began with its first record, or its runner's time. */
import { logKeyOf } from '../log/catalogue.ts';
import type { TopicPartition } from '../log/topic-partition.ts';
import type { TriggerServices } from './services.ts';

/** From look to look at the end of the log. */
const LOOK_EVERY_MS = 500;

export interface BatchWindow {
  readonly at: TopicPartition;
  readonly windowMs: number;
  /** What is left of the runner's time. */
  readonly roomMs: () => number;
  /** Called between looks. */
  readonly keep: () => Promise<void>;
}

/** Waits at the end of the log, for one batch; answers whether there is more. */
export function windowWaiter(
  { clock, tailSignal, logs }: TriggerServices,
  { at, windowMs, roomMs, keep }: BatchWindow,
): (from: number) => Promise<boolean> {
  const logKeys = new Set([logKeyOf(at)]);
  let began: number | undefined;
  return async from => {
    began ??= clock.monotonic();
    while (true) {
      const left = began + windowMs - clock.monotonic();
      const room = roomMs();
      if (left <= 0 || room <= 0 || tailSignal.isClosed) return false;
      await keep();
      const mark = tailSignal.mark();
      const { highWatermark } = await logs.of(at).reader.bounds();
      if (highWatermark > from) return true;
      await tailSignal.wait(logKeys, mark, Math.min(left, room, LOOK_EVERY_MS));
    }
  };
}
