/** What the dispatcher's function is told to do. */
import type { Json } from '../ports/function-invoker.ts';
import type { RunRequest } from '../ports/runner-starter.ts';

export type DispatchTask =
  /** One partition of one trigger. */
  | { readonly task: 'run'; readonly run: RunRequest }
  /** What was begun and is past its time. */
  | { readonly task: 'due' }
  /** All partitions of all triggers. */
  | { readonly task: 'sweep' };

export const runTask = ({ trigger, triggerId, topicId, partition, notes }: RunRequest): DispatchTask & Json => ({
  task: 'run',
  run: { trigger, triggerId, topicId, partition, ...(notes && { notes: [...notes] }) },
});
