/**
 * A log with something in it: a topic of one partition, whose entries are written straight into the store's table as
 * appends would have left them; and the same batches end to end in a flat file.
 */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { openEmbeddedStore } from '../../lib/adapters/embedded/store.ts';
import { logKeyOf, topicFromItem, topicKey } from '../../lib/log/catalogue.ts';
import { newEntry } from './new-entry.ts';
import { batchOf, type Shape } from './workload.ts';

/** How much each log holds, whichever comes first. */
const LOG_BYTES = 16e6;
const LOG_ENTRIES = 10_000;

/** Creates on their way at once: they share their syncs. */
const AT_ONCE = 500;

export interface FilledLog extends Shape {
  readonly topic: string;
  readonly logKey: string;
  readonly records: number;
  readonly batchBytes: number;
  readonly file: string;
  readonly fileBytes: number;
}

/** Fills partition 0 of the topic, which exists and is empty. */
export async function fillLog(dataFolder: string, topic: string, shape: Shape): Promise<FilledLog> {
  const batch = batchOf(shape);
  const count = shape.batchRecords;
  const entries = Math.min(LOG_ENTRIES, Math.ceil(LOG_BYTES / batch.byteLength));
  const store = await openEmbeddedStore(dataFolder);
  try {
    const cell = await store.clusterTable.get(topicKey(topic));
    if (!cell) throw new Error(`topic ${topic} does not exist`);
    const logKey = logKeyOf({ topicId: topicFromItem(cell).topicId, partition: 0 });
    for (let first = 0; first < entries; first += AT_ONCE) {
      const indexes = Array.from({ length: Math.min(AT_ONCE, entries - first) }, (_, index) => first + index);
      const offsets = indexes.map(index => index * count);
      await Promise.all(
        offsets.map(baseOffset => store.logTable.create(newEntry(logKey, { baseOffset, batch, count }))),
      );
    }
    const file = join(dataFolder, `${topic}.batches`);
    await writeBatches(file, batch, entries);
    return {
      ...shape,
      topic,
      logKey,
      records: entries * count,
      batchBytes: batch.byteLength,
      file,
      fileBytes: entries * batch.byteLength,
    };
  } finally {
    await store.close();
  }
}

async function writeBatches(path: string, batch: Uint8Array, count: number): Promise<void> {
  await using file = await open(path, 'w');
  const atOnce = Math.max(1, Math.floor(1e6 / batch.byteLength));
  for (let written = 0; written < count; written += atOnce) {
    await file.writev(new Array<Uint8Array>(Math.min(atOnce, count - written)).fill(batch));
  }
}
