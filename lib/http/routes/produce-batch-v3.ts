/** Producing a batch of entries on v3: each stored or refused by itself, and told by its id. */
import * as z from 'zod';
import { limits } from '../../protocol/limits.ts';
import type { KeptMembers } from '../json/read-json.ts';
import { checkBody, readJsonBody } from '../json-body.ts';
import { mediaType } from '../media-type.ts';
import { v3Topic } from '../params.ts';
import { type Candidate, candidateOf, failedReport, produceReports, storedReport } from '../produce-reports.ts';
import { recordFields } from '../record-v3.ts';
import { json } from '../reply.ts';
import { type BodyOf, route } from '../route.ts';

/** Published code of a batch that is refused as a whole. */
const BAD_BATCH = 42208;

/** What holds a user's value in `{"entries": [{"value": {"data"}}]}`. */
const keptMembers: KeptMembers = { depth: 4, names: new Set(['data']) };

const id = z.string().min(1).max(limits.batchEntryIdLength);
const entry = z.strictObject({ id, ...recordFields });

const batchOf = (item: z.ZodType<{ readonly id: string }>) =>
  z.strictObject({ entries: z.array(item).min(1).max(limits.batchEntries) });

/** The batch as a whole: its entries are checked one by one. */
const envelope = batchOf(z.looseObject({ id })).refine(
  ({ entries }) => new Set(entries.map(each => each.id)).size === entries.length,
  { error: 'an id is given to more than one entry', path: ['entries'] },
);

interface Entry {
  readonly id: string;
  readonly candidate: Candidate;
}

const batch: BodyOf<readonly Entry[]> = {
  content: { [mediaType.json]: batchOf(entry) },
  read(bytes) {
    const { entries } = checkBody(envelope, readJsonBody(bytes, keptMembers), BAD_BATCH);
    return entries.map(each => ({ id: each.id, candidate: candidateOf(entry, each) }));
  },
};

const withId = { id: z.string() };

export const produceBatchV3Routes = [
  route({
    method: 'POST',
    path: '/v3/clusters/{cluster_id}/topics/{topic_name}/records:batch',
    servedBy: 'produce',
    summary: 'Produce a batch of entries, each told by its id',
    params: v3Topic,
    body: batch,
    answer: {
      status: 207,
      description: 'The entries that were stored, and those that were not.',
      content: {
        [mediaType.json]: z.object({
          successes: z.array(storedReport.extend(withId)),
          failures: z.array(failedReport.extend(withId)),
        }),
      },
    },
    async answers(call) {
      const reports = await produceReports(
        call,
        call.body.map(each => each.candidate),
      );
      const told = reports.map((report, index) => ({ id: call.body[index]?.id, ...report }));
      const isStored = (report: { readonly error_code: number }) =>
        report.error_code === storedReport.shape.error_code.value;
      return json({ successes: told.filter(isStored), failures: told.filter(report => !isStored(report)) });
    },
  }),
];
