/** Every route of the HTTP surface, in the order of the OpenAPI document. */
import type { Route } from './route.ts';
import { clusterRoutes } from './routes/clusters.ts';
import { deleteRecordsRoutes } from './routes/delete-records.ts';
import { fetchRecordsRoutes } from './routes/fetch-records.ts';
import { healthRoute, openApiRoute } from './routes/health.ts';
import { latestRoutes } from './routes/latest.ts';
import { offsetRoutes } from './routes/offsets.ts';
import { partitionV3Routes } from './routes/partitions-v3.ts';
import { produceBatchV3Routes } from './routes/produce-batch-v3.ts';
import { produceV2Routes } from './routes/produce-v2.ts';
import { produceV3Routes } from './routes/produce-v3.ts';
import { producerRoutes } from './routes/producers.ts';
import { readPartitionRoutes } from './routes/read-partition.ts';
import { segmentRoutes } from './routes/segments.ts';
import { snapshotRoutes } from './routes/snapshot.ts';
import { topicConfigRoutes } from './routes/topic-configs.ts';
import { topicV2Routes } from './routes/topics-v2.ts';
import { topicV3Routes } from './routes/topics-v3.ts';

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
  healthRoute,
  openApiRoute(() => routes),
];
