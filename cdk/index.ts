/** Millrace for your own stack: `import { Millrace, MillraceEventSource } from 'millrace/cdk'`. */
export type { StreamGrants, TopicGrants } from './constructs/grants.ts';
export type { IMillrace, IMillraceTopic, MillraceFunctions } from './constructs/interfaces.ts';
export { Millrace, type MillraceProps } from './constructs/millrace.ts';
export { MillraceEventSource, type MillraceEventSourceProps } from './constructs/millrace-event-source.ts';
export { MillraceTopic, type MillraceTopicProps, type TopicOptions } from './constructs/millrace-topic.ts';
export { MillraceTrigger, type MillraceTriggerProps } from './constructs/millrace-trigger.ts';
export type { FailureBucket, OnFailure } from './constructs/on-failure.ts';
export type { TriggerOptions } from './constructs/trigger-properties.ts';
