/**
 * `node test/embedded/group-faults.ts [records]`: kill, freeze and restart during a run of 100,000 records, and what came of it.
 *
 * Ends with 1 where a record was not processed, a commit went back, a partition is nobody's, or more came again than may.
 */
import { faultKinds } from './group-processed.ts';
import { type PlannedFault, type RunOptions, type RunReport, runGroup } from './group-run.ts';
import { COMMIT_EVERY_MS, PARTITIONS } from './group-settings.ts';
import { findings, mostAgain } from './group-verdict.ts';

const RECORDS_PER_SECOND = 1_000;
const MEMBERS = 4;
const MEMBER_SPEED = 600;

/** After the group has settled. */
const FIRST_FAULT_MS = 8_000;
const FAULT_EVERY_MS = 6_000;

/** What is told of findings; the rest are counted. */
const MAX_FINDINGS = 10;

const say = (line: string) => process.stdout.write(`${line}\n`);

process.exitCode = await main(Number(process.argv[2] ?? 100_000));

async function main(records: number): Promise<number> {
  const options: RunOptions = {
    records,
    recordsPerSecond: RECORDS_PER_SECOND,
    members: MEMBERS,
    memberSpeed: MEMBER_SPEED,
    faults: plan((records * 1_000) / RECORDS_PER_SECOND),
    say,
  };
  const report = await runGroup(options);
  const wrong = findings(options, report);
  for (const line of [...figures(options, report), ...wrong.slice(0, MAX_FINDINGS)]) say(line);
  say(wrong.length === 0 ? 'All is as it must be.' : `${wrong.length} findings.`);
  return wrong.length === 0 ? 0 : 1;
}

/** One fault after the other, each member and each server in its turn, as long as records are produced. */
function plan(productionMs: number): readonly PlannedFault[] {
  const count = Math.max(1, Math.floor((productionMs - FIRST_FAULT_MS) / FAULT_EVERY_MS));
  return Array.from({ length: count }, (_, index) => {
    const kind = faultKinds[index % faultKinds.length] ?? 'member killed';
    const turn = Math.floor(index / faultKinds.length);
    const who = kind === 'server killed' ? turn % 2 : (turn + (kind === 'member frozen' ? 2 : 0)) % MEMBERS;
    return { kind, atMs: FIRST_FAULT_MS + index * FAULT_EVERY_MS, index: who };
  });
}

function figures(options: RunOptions, report: RunReport): readonly string[] {
  const { seconds, processed, faults, again, largestPage, looks } = report;
  const row = (kind: keyof typeof again, times: string) =>
    `  ${kind.padEnd(16)}${times.padStart(6)}${String(again[kind]).padStart(16)}`;
  return [
    '',
    `${options.records} records in ${PARTITIONS} partitions, ${MEMBERS} members, ${seconds.toFixed(0)} s; ${processed} processed`,
    `  ${'fault'.padEnd(16)}${'times'.padStart(6)}${'records again'.padStart(16)}`,
    ...faultKinds.map(kind => row(kind, String(faults.filter(fault => fault.kind === kind).length))),
    row('no fault', ''),
    `at most ${mostAgain(options, report)} may come again for a member that is stopped: ${MEMBER_SPEED}/s, a commit every ${COMMIT_EVERY_MS} ms, pages of up to ${largestPage}`,
    `${looks} looks at what was committed`,
  ];
}
