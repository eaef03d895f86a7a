/** Whether a run was as it must be. */
import { faultKinds } from './group-processed.ts';
import type { RunOptions, RunReport } from './group-run.ts';
import { COMMIT_EVERY_MS } from './group-settings.ts';

/** Members that are on one of the two servers, at most. */
const onOneServer = (members: number): number => Math.ceil(members / 2);

/**
 * The most records that may come again where one member is stopped: a commit is due so long after the last, and made after the page
 * that is being read then.
 */
export const mostAgain = ({ memberSpeed }: RunOptions, { largestPage }: RunReport): number =>
  (memberSpeed * COMMIT_EVERY_MS) / 1_000 + largestPage;

/** What is wrong, in words; nothing where all is well. */
export function findings(options: RunOptions, report: RunReport): readonly string[] {
  const { unprocessed, wentBack, unowned, failed, faults, again } = report;
  const most = mostAgain(options, report);
  const tooOften = faultKinds.flatMap(kind => {
    const times = faults.filter(fault => fault.kind === kind).length;
    // who cannot reach its server for a session is cut off as who is stopped
    const stops = kind === 'server killed' ? times * onOneServer(options.members) : times;
    return again[kind] > stops * most ? [`${kind} ${times} times, ${again[kind]} records came again`] : [];
  });
  return [
    ...unprocessed,
    ...wentBack,
    ...unowned.map(partition => `partition ${partition} is nobody's`),
    ...failed.map(name => `${name} ended by itself`),
    ...(again['no fault'] > 0 ? [`${again['no fault']} records came again without a fault`] : []),
    ...tooOften,
  ];
}
