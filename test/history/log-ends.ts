/** How far a log reaches: at least, by what clients were told; at most, by what they had sent. */
import type { LogHistory } from './log-history.ts';
import { type Mark, summed } from './marks.ts';
import { possibleCopies } from './sent-batch.ts';

export const acknowledgedEnds = ({ acknowledged }: LogHistory): readonly Mark[] =>
  acknowledged.map(({ end, values, answer }) => ({ end, at: answer.result.baseOffset + values.length }));

export const toldEnds = ({ answered }: LogHistory): readonly Mark[] =>
  answered.map(({ end, answer }) => ({ end, at: answer.result.highWatermark }));

export const possibleEnds = ({ batches }: LogHistory, producerForgottenMs: number): readonly Mark[] =>
  summed(
    batches.flatMap(batch =>
      possibleCopies(batch, producerForgottenMs).map(({ since }) => ({ end: since, at: batch.values.length })),
    ),
  );
