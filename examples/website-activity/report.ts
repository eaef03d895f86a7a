/** The verdict as lines: one row for each reading of each topic, what disagrees, and what was left out. */
import { styleText } from 'node:util';
import { agrees, type Check, type CountsReport, type Report } from './demo.ts';
import { count } from './frame.ts';
import type { GroupFacts } from './group.ts';
import type { CountsCheck } from './page-counts.ts';
import type { SeenCheck } from './seen-check.ts';

/** Findings told of one check; the rest are counted. */
const MAX_FINDINGS = 5;

const READING_COLUMNS = 31;
const TOPIC_COLUMNS = 11;
const NUMBER_COLUMNS = 9;

export function reportLines(report: Report): string[] {
  const heads = `${'read'.padEnd(READING_COLUMNS)}${'topic'.padEnd(TOPIC_COLUMNS)}${cells(['records', 'pages', 'visitors'])}`;
  return [
    styleText('dim', heads),
    ...report.checks.flatMap(check => [row(check), ...findings(check)]),
    styleText('dim', groupLine(report.group)),
    '',
    ...countsLines(report.counts),
    '',
    tableHead(report.seenTopic, ['records', 'KiB', 'visitors', 'forgotten']),
    ...report.seenChecks.flatMap(check => [seenRow(check), ...findings(check)]),
    styleText('dim', '  who is forgotten leaves a tombstone for a day, for readers that are behind'),
    '',
    leftOut(report),
    agrees(report)
      ? styleText('green', 'Every reading agrees with the file, page by page and visitor by visitor.')
      : styleText('red', 'The readings do not agree with the file.'),
  ];
}

function row({ reading, topic, records, pages, visitors, findings }: Check): string {
  const facts = cells([records, pages, visitors].map(count));
  return `${`  ${reading}`.padEnd(READING_COLUMNS)}${topic.padEnd(TOPIC_COLUMNS)}${facts}  ${verdict(findings)}`;
}

function groupLine({ readers, killed, again }: GroupFacts): string {
  return `  the group had ${readers} readers, ${killed} of them killed; ${count(again)} records came again`;
}

function countsLines({ topic, checks, batches, again, refusal }: CountsReport): string[] {
  if (refusal !== undefined) return [styleText('dim', `${topic}: nobody counted; ${refusal}`)];
  const facts = `${count(batches)} batches; ${count(again)} of them came again when the function died, and count once`;
  return [
    tableHead(topic, ['records', 'KiB', 'pages', 'views']),
    ...checks.flatMap(check => [countsRow(check), ...findings(check)]),
    styleText('dim', `  ${facts}`),
  ];
}

const countsRow = ({ reading, records, sizeInBytes, pages, views, findings }: CountsCheck): string =>
  tableRow(reading, [count(records), kib(sizeInBytes), count(pages), count(views)], findings);

const seenRow = ({ reading, records, sizeInBytes, visitors, forgotten, findings }: SeenCheck): string =>
  tableRow(reading, [count(records), kib(sizeInBytes), count(visitors), count(forgotten)], findings);

const tableHead = (topic: string, names: readonly string[]): string =>
  styleText('dim', `${topic.padEnd(READING_COLUMNS)}${tableCells(names)}`);

const tableRow = (reading: string, texts: readonly string[], findings: readonly string[]): string =>
  `${`  ${reading}`.padEnd(READING_COLUMNS)}${tableCells(texts)}  ${verdict(findings)}`;

const kib = (bytes: number | undefined): string => (bytes === undefined ? '' : count(Math.ceil(bytes / 1024)));

const verdict = (findings: readonly string[]): string =>
  findings.length === 0 ? styleText('green', 'agrees') : styleText('red', 'DIFFERS');

function findings(check: Check | CountsCheck | SeenCheck): string[] {
  const { findings, records } = check;
  if (findings.length === 0) return [];
  const expected =
    'expectedRecords' in check ? [`${count(records)} records read, ${count(check.expectedRecords)} expected`] : [];
  const more = findings.length - MAX_FINDINGS;
  const shown = [...expected, ...findings.slice(0, MAX_FINDINGS), ...(more > 0 ? [`and ${count(more)} more`] : [])];
  return shown.map(line => `    ${line}`);
}

function leftOut({ leftOut, requests }: Report): string {
  const methods = [...leftOut].map(([method, number]) => `${number} ${method}`).join(' and ') || 'none';
  return `Left out, neither view nor upload: ${methods} of ${count(requests)} requests.`;
}

const tableCells = (texts: readonly string[]): string => texts.map(text => text.padStart(NUMBER_COLUMNS + 1)).join('');

const cells = (texts: readonly string[]): string => texts.map(text => text.padStart(NUMBER_COLUMNS)).join('');
