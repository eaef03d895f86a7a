/** What topics and triggers need of their Millrace, and triggers of their topics. */
import type { RemovalPolicy } from 'aws-cdk-lib';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import type { TopicGrants } from './grants.ts';
import type { Provisioner } from './provisioner.ts';

/** What Millrace runs. */
export interface MillraceFunctions {
  readonly produce: IFunction;
  readonly fetch: IFunction;
  readonly groups: IFunction;
  readonly topics: IFunction;
  readonly maintenance: IFunction;
  readonly wake: IFunction;
  readonly dispatcher: IFunction;
}

export interface IMillrace extends IConstruct {
  readonly functions: MillraceFunctions;
  readonly removalPolicy: RemovalPolicy;
  /** @internal What makes topics and triggers; there once one is declared. */
  readonly provisioner: Provisioner;
  /** @internal By which the dispatcher invokes functions. */
  readonly dispatcherRole: IRole;
  /** @internal */
  grantsOf(topicName: string): TopicGrants;
}

/** A topic, whether a stack declares it or not. */
export interface IMillraceTopic {
  readonly streams: IMillrace;
  readonly topicName: string;
  readonly grants: TopicGrants;
}
