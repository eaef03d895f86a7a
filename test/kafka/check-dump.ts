/**
 * `node test/kafka/check-dump.ts FOLDER DUMP`: whether what Kafka's tool printed of the segments that `write-segments.ts` wrote to the
 * folder is what was written. Ends with 1 where it is not.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DumpedSegment, faultsOf } from './dump.ts';
import { folderOf, type SampleOptions, sampleLog, samples } from './sample-log.ts';

const [folder, dump] = process.argv.slice(2);
if (folder === undefined || dump === undefined) throw new Error('name the folder of the segments, and the dump');
const text = await readFile(dump, 'utf8');
for (const sample of samples) {
  const segments = await segmentsIn(folder, sample);
  const faults = faultsOf(text, segments);
  for (const fault of faults) process.stderr.write(`${fault}\n`);
  if (faults.length > 0) process.exitCode = 1;
  const batches = segments.flatMap(segment => segment.batches);
  const counts = [segments, batches, batches.flatMap(batch => batch.records)].map(({ length }) => length);
  process.stdout.write(`${folderOf(sample)}: ${counts[0]} segments, ${counts[1]} batches, ${counts[2]} records\n`);
}

async function segmentsIn(folder: string, sample: SampleOptions): Promise<readonly DumpedSegment[]> {
  const { batches } = await sampleLog(sample);
  const log = join(folder, folderOf(sample));
  const names = (await readdir(log)).sort();
  const bases = names.map(name => Number.parseInt(name, 10));
  return Promise.all(
    names.map(async (name, index) => {
      const file = join(log, name);
      const [base = 0, next = Number.POSITIVE_INFINITY] = bases.slice(index);
      const held = batches.filter(({ baseOffset }) => baseOffset >= base && baseOffset < next);
      return { file, sizeInBytes: (await readFile(file)).byteLength, batches: held };
    }),
  );
}
