/**
 * The function whose start is measured: it notes when it was called, and with which records, as a line of the file that CALLS_FILE names.
 */
import { appendFileSync } from 'node:fs';
import type { SelfManagedKafkaEvent } from 'aws-lambda';

export const CALLS_FILE = 'CALLS_FILE';

/** A call, as a line of the file. */
export interface NotedCall {
  readonly topic: string;
  readonly firstOffset: number;
  readonly lastOffset: number;
  /** By the clock that all processes of a machine share, in milliseconds. */
  readonly at: number;
}

/** By the clock that all processes of a machine share. */
export const machineMs = (): number => Number(process.hrtime.bigint()) / 1e6;

export async function handler(event: SelfManagedKafkaEvent): Promise<void> {
  noteCall(event, machineMs());
}

export function noteCall({ records }: SelfManagedKafkaEvent, at: number): void {
  const [batch = []] = Object.values(records);
  const [first, last] = [batch[0], batch.at(-1)];
  if (!first || !last) throw new Error('an event without records');
  const call: NotedCall = { topic: first.topic, firstOffset: first.offset, lastOffset: last.offset, at };
  appendFileSync(process.env[CALLS_FILE] ?? '', `${JSON.stringify(call)}\n`);
}
