/**
 * Producing on v3: a stream of JSON objects in, a report for each out.
 *
 * As in Confluent's, a record that is refused has its error in its own report; JSON that is malformed ends the stream, with
 * an error as its last report, and what came before it is stored. Only where nothing came before it, the answer is 400.
 */
import * as z from 'zod';
import { limits } from '../../protocol/limits.ts';
import { HttpError } from '../http-error.ts';
import { JsonSyntaxError } from '../json/json-scanner.ts';
import { JsonReader, type KeptMembers, type SourceText } from '../json/read-json.ts';
import { readText } from '../json-body.ts';
import { mediaType } from '../media-type.ts';
import { v3Topic } from '../params.ts';
import { type Candidate, candidateOf, failedReport, produceReports, storedReport } from '../produce-reports.ts';
import { recordV3 } from '../record-v3.ts';
import { type BodyOf, route } from '../route.ts';

/** What holds a user's value in `{"value": {"data"}}`. */
const keptMembers: KeptMembers = { depth: 2, names: new Set(['data']) };

const stream: BodyOf<readonly Candidate[]> = {
  content: { [mediaType.json]: recordV3 },
  read(bytes) {
    const candidates = readStream(readText(bytes));
    const [first] = candidates;
    if (!first) throw new HttpError(422, 'the body holds no record');
    if ('error' in first && first.error instanceof MalformedStream) throw first.error;
    return candidates;
  },
};

/** Ends a stream: what follows cannot be told apart. */
class MalformedStream extends HttpError {}

function readStream(text: SourceText): readonly Candidate[] {
  const reader = new JsonReader(text, keptMembers);
  const candidates: Candidate[] = [];
  try {
    while (reader.hasNext()) {
      if (candidates.length === limits.recordsPerRequest) {
        throw new HttpError(422, `more than ${limits.recordsPerRequest} records in one request`);
      }
      candidates.push(candidateOf(recordV3, reader.next()));
    }
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    candidates.push({ error: new MalformedStream(400, error.message, { cause: error }) });
  }
  return candidates;
}

export const produceV3Routes = [
  route({
    method: 'POST',
    path: '/v3/clusters/{cluster_id}/topics/{topic_name}/records',
    servedBy: 'produce',
    summary: 'Produce records: JSON objects one after the other in, one report each out',
    params: v3Topic,
    body: stream,
    answer: {
      status: 200,
      description: 'One report for each record, in their order, each on a line.',
      content: { [mediaType.json]: z.union([storedReport, failedReport]) },
    },
    async answers(call) {
      const reports = await produceReports(call, call.body);
      return { body: reports.map(report => `${JSON.stringify(report)}\n`).join('') };
    },
  }),
];
