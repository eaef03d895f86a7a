/** The results as one page that needs nothing else: no script, no font, no image from anywhere. */
import type { CodecRow } from '../codecs.ts';
import type { BenchResults } from '../results.ts';
import type { Run } from '../run.ts';
import { coldStartSection } from './cold-start-section.ts';
import { contentionSection } from './contention-section.ts';
import { costSection } from './cost-section.ts';
import { dollars, few, whole } from './figures.ts';
import { groupSection } from './group-section.ts';
import { escapeHtml, table } from './html.ts';
import { peerSection } from './peer-section.ts';
import { profileSection } from './profile-section.ts';
import { compactionSection, memorySection, segmentSection } from './segment-section.ts';
import { style } from './style.ts';
import { throughputSection } from './throughput-section.ts';
import { triggerSection } from './trigger-section.ts';

const aboutProduce = `Records into one partition of the local server, which answers once they are synced to disk. Its limits: the \
same body through a bare HTTP server into LMDB, and the same batch straight into LMDB, synced, as many at a time as there are \
clients. What goes past a limit is group commit: clients that meet share an entry.`;

const aboutFetch = `Reading a partition from start to end, a MiB at a time, from the page cache. Its limits: as many bytes off a \
flat file through a bare HTTP server, the same entries straight from LMDB, and the same batches straight off the file.`;

export function writePage(results: BenchResults): string {
  const {
    run,
    produce,
    fetch,
    peers,
    profile,
    coldStart,
    contention,
    cost,
    codecs,
    segments,
    memory,
    compaction,
    groups,
    triggers,
  } = results;
  const sections = [
    produce && throughputSection({ title: 'Produce', about: aboutProduce, results: produce }),
    fetch && throughputSection({ title: 'Fetch', about: aboutFetch, results: fetch }),
    peers && peerSection(peers),
    profile && profileSection(profile),
    coldStart && coldStartSection(coldStart),
    contention && contentionSection(contention),
    cost && costSection(cost),
    codecs && codecSection(codecs),
    segments && segmentSection(segments),
    memory && memorySection(memory),
    compaction && compactionSection(compaction),
    groups && groupSection(groups),
    triggers && triggerSection(triggers),
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Millrace bench, ${escapeHtml(run.startedAt.slice(0, 10))}</title>
<style>${style}</style>
</head>
<body><main>
<h1>Millrace bench</h1>
${facts(run)}
${sections.filter(section => section !== undefined).join('\n')}
</main></body>
</html>
`;
}

function facts({ startedAt, commit, node, machine, options }: Run): string {
  const { cpu, cores, memoryInGiB, system, loadAtStart } = machine;
  const said = [
    startedAt.replace('T', ' ').slice(0, 16),
    `commit ${commit}`,
    `Node ${node}`,
    `${cores} cores of ${cpu}, ${memoryInGiB} GiB`,
    system,
    `${options.seconds} s a measurement, the middle of three rounds`,
  ];
  const isBusy = loadAtStart > cores / 4;
  const notice = `The machine was busy with other work as this began (load ${loadAtStart} on ${cores} cores): trust the ratios, \
which were measured in turns, more than the rates.`;
  return `<div class="facts">${said.map(fact => `<span>${escapeHtml(fact)}</span>`).join('')}</div>
${isBusy ? `<p class="notice">${escapeHtml(notice)}</p>` : ''}`;
}

function codecSection(rows: readonly CodecRow[]): string {
  const figures = table(
    [
      { name: 'records a batch', cell: row => whole(row.batch) },
      { name: 'codec', text: true, cell: row => row.codec },
      { name: 'bytes/record', cell: row => whole(row.bytesPerRecord) },
      { name: '$/million records', cell: row => dollars(row.dollarsPerMillionRecords) },
      { name: 'encode µs/record', cell: row => few(row.encodeMicros) },
      { name: 'decode µs/record', cell: row => few(row.decodeMicros) },
    ],
    rows,
  );
  return `<section><h2>Codecs</h2><p class="quiet">On 10,000 requests of a web log; dollars are write units and PUTs.</p>
<div class="card">${figures}</div></section>`;
}
