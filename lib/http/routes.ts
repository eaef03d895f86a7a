/** Every route of the HTTP surface, in the order of the OpenAPI document. */
import type { Route } from './route.ts';
import { assignmentRoutes } from './routes/assignments-v2.ts';
import { clusterRoutes } from './routes/clusters.ts';
import { consumerGroupRoutes } from './routes/consumer-groups.ts';
import { consumerInstanceRoutes } from './routes/consumer-instances-v2.ts';
import { consumerLagRoutes } from './routes/consumer-lags.ts';
import { consumerOffsetRoutes } from './routes/consumer-offsets-v2.ts';
import { consumerRecordRoutes } from './routes/consumer-records-v2.ts';
import { deleteRecordsRoutes } from './routes/delete-records.ts';
import { fetchRecordsRoutes } from './routes/fetch-records.ts';
import { groupMemberRoutes } from './routes/group-members.ts';
import { groupOffsetRoutes } from './routes/group-offsets.ts';
import { healthRoute, openApiRoute } from './routes/health.ts';
import { latestRoutes } from './routes/latest.ts';
import { offsetRoutes } from './routes/offsets.ts';
import { partitionV3Routes } from './routes/partitions-v3.ts';
import { positionRoutes } from './routes/positions-v2.ts';
import { produceBatchV3Routes } from './routes/produce-batch-v3.ts';
import { produceV2Routes } from './routes/produce-v2.ts';
import { produceV3Routes } from './routes/produce-v3.ts';
import { producerRoutes } from './routes/producers.ts';
import { readPartitionRoutes } from './routes/read-partition.ts';
import { segmentRoutes } from './routes/segments.ts';
import { snapshotRoutes } from './routes/snapshot.ts';
import { subscriptionRoutes } from './routes/subscriptions-v2.ts';
import { topicConfigRoutes } from './routes/topic-configs.ts';
import { topicV2Routes } from './routes/topics-v2.ts';
import { topicV3Routes } from './routes/topics-v3.ts';
import { triggerRoutes } from './routes/triggers.ts';

export const routes: readonly Route[] = [
  ...clusterRoutes,
  ...topicV3Routes,
  ...topicConfigRoutes,
  ...partitionV3Routes,
  ...segmentRoutes,
  ...produceV3Routes,
  ...produceBatchV3Routes,
  ...producerRoutes,
  ...fetchRecordsRoutes,
  ...latestRoutes,
  ...snapshotRoutes,
  ...deleteRecordsRoutes,
  ...topicV2Routes,
  ...produceV2Routes,
  ...readPartitionRoutes,
  ...offsetRoutes,
  ...consumerGroupRoutes,
  ...consumerLagRoutes,
  ...groupOffsetRoutes,
  ...groupMemberRoutes,
  ...triggerRoutes,
  ...consumerInstanceRoutes,
  ...subscriptionRoutes,
  ...assignmentRoutes,
  ...positionRoutes,
  ...consumerRecordRoutes,
  ...consumerOffsetRoutes,
  healthRoute,
  openApiRoute(() => routes),
];
