/**
 * `node test/kafka/write-segments.ts FOLDER`: segments of every codec, as Kafka's own tools take them: one folder a codec, in it
 * one `.log` file a segment, named by its base offset.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compressionCodecs } from '../../lib/record/compression.ts';
import { sampleLog } from './sample-log.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('name a folder to write to');
for (const codec of compressionCodecs) {
  const { segments } = await sampleLog(codec);
  await mkdir(join(folder, codec), { recursive: true });
  for (const { baseOffset, bytes } of segments) {
    await writeFile(join(folder, codec, `${String(baseOffset).padStart(20, '0')}.log`), bytes);
  }
}
