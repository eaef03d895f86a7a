/**
 * The port by which an append or a fetch that meets an old unrolled entry starts the partition's roll itself.
 *
 * A hint, never a promise: nothing rests on it, and it is free to do nothing.
 */
export interface RollStarter {
  /** Never rejects. */
  start(at: { readonly topicId: string; readonly partition: number }): Promise<void>;
}

/** Where maintenance comes round by itself, often enough. */
export const noRollStarter: RollStarter = { start: () => Promise.resolve() };
