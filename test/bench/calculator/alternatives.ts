/** What the same load costs elsewhere, at list prices of us-east-1, as data: each with where it was read, and when. */
import { gibAMonth, gibKept, HOURS, type Load } from './load.ts';

export interface Alternative {
  readonly name: string;
  readonly source: string;
  readonly lookedUpOn: string;
  /** What is left out, or taken to be so. */
  readonly note: string;
  /** Dollars a month. */
  dollars(load: Load): number;
}

const read = (load: Load): number => gibAMonth(load) * load.readers;

export const alternatives: readonly Alternative[] = [
  {
    name: 'Amazon MSK Serverless',
    source: 'https://aws.amazon.com/msk/pricing/',
    lookedUpOn: '2026-09-28',
    note: '$0.75 a cluster-hour, $0.0015 a partition-hour, $0.10 a GB in, $0.05 out, $0.10 a GB-month',
    dollars: load =>
      HOURS * (0.75 + 0.0015 * load.partitions) + 0.1 * gibAMonth(load) + 0.05 * read(load) + 0.1 * gibKept(load),
  },
  {
    name: 'Amazon MSK, 3 brokers kafka.m7g.large',
    source: 'https://aws.amazon.com/msk/pricing/',
    lookedUpOn: '2026-09-28',
    note: '$0.204 a broker-hour, $0.10 a GB-month of three copies; no traffic between zones, no HTTP in front',
    dollars: load => 3 * HOURS * 0.204 + 3 * 0.1 * gibKept(load),
  },
  {
    name: 'Amazon MSK, 3 brokers kafka.t3.small',
    source: 'https://aws.amazon.com/msk/pricing/',
    lookedUpOn: '2026-09-28',
    note: '$0.0456 a broker-hour, $0.10 a GB-month of three copies; the smallest there is, for little traffic',
    dollars: load => 3 * HOURS * 0.0456 + 3 * 0.1 * gibKept(load),
  },
  {
    name: 'Confluent Cloud Basic',
    source: 'https://www.confluent.io/confluent-cloud/pricing/',
    lookedUpOn: '2026-09-21',
    note: 'first eCKU free, $0.05 a GB in and out, $0.08 a GB-month; one zone; more eCKUs beyond some MiB/s',
    dollars: load => 0.05 * (gibAMonth(load) + read(load)) + 0.08 * gibKept(load),
  },
  {
    name: 'Amazon Kinesis Data Streams, on demand',
    source: 'https://aws.amazon.com/kinesis/data-streams/pricing/',
    lookedUpOn: '2026-11-22',
    note: '$0.04 a stream-hour, $0.08 a GB in, $0.04 out, $0.10 a GB-month beyond the first day; no Kafka, no compaction',
    dollars: load =>
      HOURS * 0.04 +
      0.08 * gibAMonth(load) +
      0.04 * read(load) +
      0.1 * gibKept({ ...load, retentionDays: Math.max(0, load.retentionDays - 1) }),
  },
];
