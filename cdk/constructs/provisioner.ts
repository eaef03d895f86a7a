/**
 * The provisioner: CloudFormation asks it for the topics and triggers that stacks declare. It is there where some are.
 */
import { CustomResource, Duration, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { declaredKinds } from '../../lib/protocol/declared.ts';
import type { Dispatcher } from './dispatcher.ts';
import { PathFunction } from './path-function.ts';
import type { Storage } from './storage.ts';

/** CloudFormation waits for so long: for a run, and for two more that Lambda makes, a minute and two after one that failed. */
const serviceTimeout = Duration.minutes(10);

export interface ProvisionerProps {
  readonly storage: Storage;
  readonly dispatcher: Dispatcher;
}

/** A resource that the provisioner keeps as it is declared. */
export interface Declaration {
  readonly kind: (typeof declaredKinds)[keyof typeof declaredKinds];
  readonly properties: object;
  readonly removalPolicy: RemovalPolicy;
}

export class Provisioner extends PathFunction {
  readonly #seenStacks = new Map<Stack, Policy>();

  constructor(scope: Construct, id: string, { storage, dispatcher }: ProvisionerProps) {
    super(scope, id, {
      entry: 'provision',
      description: 'Millrace: make the topics and triggers that stacks declare',
      memoryInMiB: 512,
      timeout: Duration.minutes(2),
    });
    storage.grantLog(this, ['Query']);
    storage.grantCluster(this, ['GetItem', 'Query', 'PutItem', 'DeleteItem']);
    // to find where a trigger begins that begins at a time
    storage.grantObjects(this, { batches: ['GetObject'], segments: ['GetObject'], manifests: ['GetObject'] });
    dispatcher.grantStart(this);
    // What comes later is of no use: by then CloudFormation has given up.
    this.lambda.configureAsyncInvoke({ retryAttempts: 2, maxEventAge: serviceTimeout });
  }

  declare(scope: Construct, { kind, properties, removalPolicy }: Declaration): CustomResource {
    return new CustomResource(scope, 'Resource', {
      serviceToken: this.lambda.functionArn,
      serviceTimeout,
      resourceType: kind,
      removalPolicy,
      properties: { ...properties },
    });
  }

  /**
   * Lets it see whether the stack of `scope` is going back to what it was: what can only grow is not made smaller then.
   *
   * As a policy of that stack, so that this one needs nothing of it.
   */
  seeStackOf(scope: Construct): Policy {
    const stack = Stack.of(scope);
    const seen = this.#seenStacks.get(stack);
    if (seen) return seen;
    const statement = new PolicyStatement({
      sid: 'SeeStack',
      actions: ['cloudformation:DescribeStacks'],
      resources: [stack.stackId],
    });
    const policy = new Policy(scope, 'SeeStack', { statements: [statement] });
    this.role.attachInlinePolicy(policy);
    this.#seenStacks.set(stack, policy);
    return policy;
  }
}
