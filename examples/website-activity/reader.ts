/**
 * One reader of the group, as a process of its own: `fork('reader.ts', [url, group, topic])`. It tells its parent what it has and what
 * it reads, and leaves the group when it is told to end.
 */
import type { ReadRecord } from '../../lib/client/api-shapes.ts';
import { GroupConsumer } from '../../lib/client/group-consumer.ts';
import { MillraceClient } from '../../lib/client/millrace-client.ts';

/** The shortest that there is: what a killed reader had goes on with another after it. */
const SESSION_MS = 6_000;

/** What a reader read since its last commit comes again where it is killed. */
const COMMIT_EVERY_MS = 1_000;

/** A reader that waits long is told late that others have joined. */
const MAX_WAIT_MS = 500;

/** So that a page is some hundred requests. */
const PAGE_BYTES = 32_768;

/** What a reader tells. */
export type ReaderMessage =
  | { readonly kind: 'assignment'; readonly partitions: readonly number[] }
  | { readonly kind: 'page'; readonly partition: number; readonly records: readonly ReadRecord[] }
  | { readonly kind: 'failure'; readonly message: string };

const [url = '', group = '', topic = ''] = process.argv.slice(2);

/** Resolves once the parent has it, whatever becomes of this process then. */
const tell = (message: ReaderMessage): Promise<void> =>
  new Promise((resolve, reject) => process.send?.(message, error => (error ? reject(error) : resolve())));

const consumer = new GroupConsumer(new MillraceClient({ url }), {
  group,
  topics: [topic],
  autoOffsetReset: 'earliest',
  sessionTimeoutMs: SESSION_MS,
  commitEveryMs: COMMIT_EVERY_MS,
  maxWaitMs: MAX_WAIT_MS,
  maxBytes: PAGE_BYTES,
  onAssignment: partitions => tell({ kind: 'assignment', partitions: partitions.map(({ partition }) => partition) }),
});

// the parent ends by Ctrl-C, and this with it
process.on('SIGINT', () => {});
process.once('disconnect', () => process.exit());
process.once('message', () => consumer.close());

try {
  // a page counts as read when the next is asked for: then the parent has it
  for await (const { partition, records } of consumer) await tell({ kind: 'page', partition, records });
} catch (error) {
  await tell({ kind: 'failure', message: error instanceof Error ? error.message : String(error) });
}
process.disconnect();
