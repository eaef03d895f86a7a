/** The client: `import { MillraceClient } from 'millrace/client'`. */
export type * from './api-shapes.ts';
export { GroupConsumer, type GroupConsumerOptions } from './group-consumer.ts';
export type * from './group-shapes.ts';
export { type ClientOptions, MillraceClient } from './millrace-client.ts';
export { type AppendedBatch, PartitionProducer } from './partition-producer.ts';
export { PartitionReader, type PartitionReaderOptions } from './partition-reader.ts';
export { RequestError } from './request-error.ts';
export { TopicProducer, type TopicProducerOptions } from './topic-producer.ts';
