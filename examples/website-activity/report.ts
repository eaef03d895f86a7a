/** The verdict as lines: one row for each reading of each topic, what disagrees, and what was left out. */
import { styleText } from 'node:util';
import { agrees, type Check, type Report } from './demo.ts';
import { count } from './frame.ts';

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
    leftOut(report),
    agrees(report)
      ? styleText('green', 'Every reading agrees with the file, page by page and visitor by visitor.')
      : styleText('red', 'The readings do not agree with the file.'),
  ];
}

function row({ reading, topic, records, pages, visitors, findings }: Check): string {
  const verdict = findings.length === 0 ? styleText('green', 'agrees') : styleText('red', 'DIFFERS');
  const facts = cells([records, pages, visitors].map(count));
  return `${`  ${reading}`.padEnd(READING_COLUMNS)}${topic.padEnd(TOPIC_COLUMNS)}${facts}  ${verdict}`;
}

function findings({ findings, records, expectedRecords }: Check): string[] {
  if (findings.length === 0) return [];
  const shown = findings.slice(0, MAX_FINDINGS).map(finding => `    ${finding}`);
  const more = findings.length - shown.length;
  return [
    `    ${count(records)} records read, ${count(expectedRecords)} expected`,
    ...shown,
    ...(more > 0 ? [`    and ${count(more)} more`] : []),
  ];
}

function leftOut({ leftOut, requests }: Report): string {
  const methods = [...leftOut].map(([method, number]) => `${number} ${method}`).join(' and ') || 'none';
  return `Left out, neither view nor upload: ${methods} of ${count(requests)} requests.`;
}

const cells = (texts: readonly string[]): string => texts.map(text => text.padStart(NUMBER_COLUMNS)).join('');
