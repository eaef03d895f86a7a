/**
 * `npm run cost`: what a load costs in a month on AWS, by service and by operation, from requests that are counted while it runs here;
 * and beside it what the same load costs elsewhere.
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import { prices } from '../prices.ts';
import { whole } from '../report/figures.ts';
import { alternatives } from './alternatives.ts';
import { gibAMonth, gibKept, type Load } from './load.ts';
import { measureLoad } from './measured-load.ts';
import { type Month, monthOf, sumOf, total } from './month.ts';

const load = parseLoad(process.argv);
const rows = monthOf(load, await measureLoad(load));
const sum = sumOf(rows);
const { mibPerSecond, partitions, batchKib, recordBytes, readers, pollSeconds, retentionDays } = load;

console.log(`${mibPerSecond} MiB/s (${whole(gibAMonth(load))} GiB a month) of ${recordBytes} B records, ${batchKib} KiB a request, ${partitions} partitions;
readers: ${readers}, each asking for all partitions every ${pollSeconds} s; kept for ${retentionDays} days (${whole(gibKept(load))} GiB)
Dollars a month, list prices of ${prices.region} as of ${prices.lookedUpOn}, without free tiers, data transfer and CloudWatch
`);
const cell = (value: number) => (value < 0.005 ? '' : value.toFixed(2)).padStart(13);
const line = (name: string, times: string, month: Month) =>
  name.padEnd(22) +
  times.padStart(13) +
  [month.frontDoor, month.lambda, month.dynamoDb, month.s3, total(month)].map(cell).join('');
console.log(
  'operation'.padEnd(22) +
    ['a month', 'API Gateway', 'Lambda', 'DynamoDB', 'S3', 'together'].map(text => text.padStart(13)).join(''),
);
for (const row of rows) console.log(line(row.operation, row.times > 1 ? whole(row.times) : '', row));
console.log(`${line('Millrace', '', sum)}\n`);

const idle = sumOf(rows.filter(({ operation }) => operation === 'storage'));
console.log(`${'Millrace when nobody produces or reads: what is kept'.padEnd(58)}${cell(total(idle))}`);
for (const { name, dollars, source, lookedUpOn, note } of alternatives) {
  console.log(`${name.padEnd(58)}${cell(dollars(load))}`);
  console.log(`    ${note}\n    ${source}, ${lookedUpOn}`);
}

/** Ends the process with a message where an option is wrong. */
function parseLoad(argv: readonly string[]): Load {
  const options = new Command('npm run cost --')
    .description('What a load costs in a month on AWS, and elsewhere')
    .addOption(
      new Option('--mib-per-s <number>', 'record values produced, in MiB a second')
        .argParser(between(0.0001, 200))
        .default(1),
    )
    .addOption(new Option('--partitions <number>', 'of the topic').argParser(between(1, 1_000)).default(10))
    .addOption(
      new Option('--batch-kib <number>', 'record values of one produce request')
        .argParser(between(0.1, 3_072))
        .default(64),
    )
    .addOption(new Option('--record-bytes <number>', 'of one value').argParser(between(32, 1_048_576)).default(1_024))
    .addOption(new Option('--readers <number>', 'each reads everything').argParser(between(0, 1_000)).default(2))
    .addOption(
      new Option('--poll-s <number>', 'from one request of a reader to the next')
        .argParser(between(0.1, 3_600))
        .default(1),
    )
    .addOption(
      new Option('--retention-days <number>', 'how long records are kept').argParser(between(0, 3_650)).default(7),
    )
    .addOption(new Option('--front-door <name>', 'which API Gateway').choices(['rest', 'http']).default('rest'))
    .parse(argv)
    .opts();
  return {
    mibPerSecond: options.mibPerS,
    partitions: Math.round(options.partitions),
    batchKib: options.batchKib,
    recordBytes: options.recordBytes,
    readers: Math.round(options.readers),
    pollSeconds: options.pollS,
    retentionDays: options.retentionDays,
    frontDoor: options.frontDoor,
  };
}

function between(least: number, most: number) {
  return (text: string): number => {
    const value = Number(text);
    if (text.trim() !== '' && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`expected a number, ${least} to ${most}.`);
  };
}
