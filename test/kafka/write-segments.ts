/**
 * `node test/kafka/write-segments.ts FOLDER`: segments of every codec, compacted and not, as Kafka's own tools take them: one
 * folder a log, in it one `.log` file a segment, named by its base offset.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { folderOf, sampleLog, samples } from './sample-log.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('name a folder to write to');
for (const sample of samples) {
  const { segments } = await sampleLog(sample);
  const log = join(folder, folderOf(sample));
  await mkdir(log, { recursive: true });
  for (const { baseOffset, bytes } of segments) {
    await writeFile(join(log, `${String(baseOffset).padStart(20, '0')}.log`), bytes);
  }
}
