/** What `npm run bench` can be told. */
import { tmpdir } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';

export const experiments = [
  'produce',
  'fetch',
  'peers',
  'profile',
  'cold-start',
  'contention',
  'cost',
  'codecs',
  'segments',
  'memory',
  'compaction',
  'groups',
  'triggers',
] as const;

export type Experiment = (typeof experiments)[number];

export interface BenchOptions {
  readonly only: readonly Experiment[];
  /** Length of each measurement; a warm-up of a fifth comes before it. */
  readonly seconds: number;
  /** Where the results go. */
  readonly out: string;
  /** Where the data of the run lies while it lasts; its disk is what is measured. */
  readonly data: string;
  /** Whether the servers write CPU profiles into the results' folder. */
  readonly profile: boolean;
}

/** Ends the process with a message where an option is wrong. */
export function parseOptions(argv: readonly string[]): BenchOptions {
  return new Command('npm run bench --')
    .description('Millrace beside the raw limits of the machine, and what it costs on AWS')
    .option('--only <names>', `some of ${experiments.join(',')}`, parseExperiments, experiments)
    .option('--seconds <number>', 'length of each measurement', parseSeconds, 0.75)
    .option('--out <folder>', 'folder for JSON and HTML', 'bench-results')
    .option('--data <folder>', 'folder for the data of the run, on the disk to measure', tmpdir())
    .option('--profile', 'have the servers write CPU profiles into the results folder', false)
    .parse(argv)
    .opts<BenchOptions>();
}

function parseExperiments(text: string): readonly Experiment[] {
  const names = text.split(',');
  const unknown = names.find(name => !experiments.some(known => known === name));
  if (unknown !== undefined) throw new InvalidArgumentError(`there is no '${unknown}'.`);
  return experiments.filter(known => names.includes(known));
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (seconds >= 0.1 && seconds <= 600) return seconds;
  throw new InvalidArgumentError('expected seconds, 0.1 to 600.');
}
