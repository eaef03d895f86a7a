/**
 * What every deployment of Millrace does, said in HTTP. `embedded.test.ts` and `deployed.test.ts` run it.
 */
import { afterAll, describe } from 'vitest';
import { bodyLimitCases } from './body-limits.cases.ts';
import { Client } from './client.ts';
import { clusterCases } from './clusters.cases.ts';
import { compactionCases } from './compaction.cases.ts';
import { concurrencyCases } from './concurrency.cases.ts';
import { configCases } from './configs.cases.ts';
import { consumerAutoCommitCases } from './consumer-auto-commit.cases.ts';
import { consumerInstanceCases } from './consumer-instances.cases.ts';
import { consumerOffsetCases } from './consumer-offsets.cases.ts';
import { consumerRecordCases } from './consumer-records.cases.ts';
import { consumerSharingCases } from './consumer-sharing.cases.ts';
import { consumerSubscriptionCases } from './consumer-subscriptions.cases.ts';
import { deleteRecordsCases } from './delete-records.cases.ts';
import { fetchManyCases } from './fetch-many.cases.ts';
import { refusedFetchManyCases } from './fetch-many-refused.cases.ts';
import { groupLimitCases } from './group-limits.cases.ts';
import { groupMemberCases } from './group-members.cases.ts';
import { groupOffsetCases } from './group-offsets.cases.ts';
import { groupPollCases } from './group-polls.cases.ts';
import { groupRouteCases } from './group-routes.cases.ts';
import { groupCases } from './groups.cases.ts';
import { historyCases } from './history.cases.ts';
import { idempotenceCases } from './idempotence.cases.ts';
import { jsonBodyCases } from './json-bodies.cases.ts';
import { jsonValueCases } from './json-values.cases.ts';
import { latestCases } from './latest.cases.ts';
import { leaderCases } from './leaders.cases.ts';
import { limitCases } from './limits.cases.ts';
import { mediaTypeCases } from './media-types.cases.ts';
import { metadataV2Cases } from './metadata-v2.cases.ts';
import { numberCases } from './numbers.cases.ts';
import { offsetCases } from './offsets.cases.ts';
import { openApiCases } from './openapi.cases.ts';
import { partialProduceCases } from './partial-produce.cases.ts';
import { partitionerCases } from './partitioner.cases.ts';
import { produceBatchCases } from './produce-batch.cases.ts';
import { produceV2Cases } from './produce-v2.cases.ts';
import { produceV3Cases } from './produce-v3.cases.ts';
import { refusedProduceV3Cases } from './produce-v3-refused.cases.ts';
import { producerCases } from './producers.cases.ts';
import { rawBatchCases } from './raw-batches.cases.ts';
import { rawIdempotenceCases } from './raw-idempotence.cases.ts';
import { refusedRawCases } from './raw-refused.cases.ts';
import { readCases } from './read.cases.ts';
import { routeCases } from './routes.cases.ts';
import { segmentListCases } from './segment-list.cases.ts';
import { segmentCases } from './segments.cases.ts';
import { snapshotCases } from './snapshot.cases.ts';
import { timestampCases } from './timestamps.cases.ts';
import { topicDeletionCases } from './topic-deletion.cases.ts';
import { refusedTopicCases } from './topics-refused.cases.ts';
import { topicCases } from './topics-v3.cases.ts';
import { triggerGroupCases } from './trigger-groups.cases.ts';
import { triggerRouteCases } from './trigger-routes.cases.ts';
import { triggerSettingCases } from './trigger-settings.cases.ts';
import { triggerCases } from './triggers.cases.ts';
import { workerCases } from './workers.cases.ts';

/** Each takes the client and declares its cases. */
const groups: Readonly<Record<string, (client: Client) => void>> = {
  clusters: clusterCases,
  workers: workerCases,
  topics: topicCases,
  'topics refused': refusedTopicCases,
  configs: configCases,
  'metadata v2': metadataV2Cases,
  'produce v2': produceV2Cases,
  'produce v3': produceV3Cases,
  'produce v3 refused': refusedProduceV3Cases,
  'produce batch': produceBatchCases,
  'partial produce': partialProduceCases,
  'json values': jsonValueCases,
  partitioner: partitionerCases,
  timestamps: timestampCases,
  producers: producerCases,
  idempotence: idempotenceCases,
  'raw batches': rawBatchCases,
  'raw batches refused': refusedRawCases,
  'raw idempotence': rawIdempotenceCases,
  read: readCases,
  'fetch many': fetchManyCases,
  'fetch many refused': refusedFetchManyCases,
  offsets: offsetCases,
  'media types': mediaTypeCases,
  routes: routeCases,
  numbers: numberCases,
  'json bodies': jsonBodyCases,
  'body limits': bodyLimitCases,
  limits: limitCases,
  openapi: openApiCases,
  concurrency: concurrencyCases,
  segments: segmentCases,
  'segment list': segmentListCases,
  latest: latestCases,
  snapshot: snapshotCases,
  leaders: leaderCases,
  'delete records': deleteRecordsCases,
  compaction: compactionCases,
  history: historyCases,
  'consumer instances': consumerInstanceCases,
  'consumer subscriptions': consumerSubscriptionCases,
  'consumer records': consumerRecordCases,
  'consumer offsets': consumerOffsetCases,
  'consumer auto commit': consumerAutoCommitCases,
  'consumer sharing': consumerSharingCases,
  groups: groupCases,
  'group offsets': groupOffsetCases,
  'group members': groupMemberCases,
  'group polls': groupPollCases,
  'group limits': groupLimitCases,
  'group routes': groupRouteCases,
  triggers: triggerCases,
  'trigger settings': triggerSettingCases,
  'trigger groups': triggerGroupCases,
  'trigger routes': triggerRouteCases,
};

/** Declares the suite against the base URL, which is asked for when the cases run. */
export function conformanceSuite(name: string, url: () => string): void {
  describe(`conformance: ${name}`, () => {
    const client = new Client(url);
    const deletion = topicDeletionCases(client);
    for (const [title, group] of Object.entries(groups)) describe(title, () => group(client));
    deletion.again();
    afterAll(() => client.deleteTopics());
  });
}
