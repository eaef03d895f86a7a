/**
 * The dispatcher: runs the triggers. Each invocation delivers what one partition of one trigger has, and waits for the functions that it
 * invokes; it hands on to another before its time is up.
 *
 * Wake starts it. What a run leaves undone is found by a look at what is noted as due, every five minutes, and what nobody was told of
 * by a look at everything, every hour.
 */
import { Duration } from 'aws-cdk-lib';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { type CfnFunction, RecursiveLoop } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { variables } from '../../functions/environment.ts';
import { failureQueue } from './failure-queue.ts';
import { PathFunction } from './path-function.ts';
import type { Storage } from './storage.ts';

/** After a crash a partition waits for the lease of the runner, and for this. */
const dueEvery = Duration.minutes(5);

/** After a lost wake-up a partition waits for this. */
const sweepEvery = Duration.hours(1);

export interface DispatcherProps {
  readonly storage: Storage;
}

export class Dispatcher extends PathFunction {
  constructor(scope: Construct, id: string, { storage }: DispatcherProps) {
    super(scope, id, {
      entry: 'triggers',
      description: 'Millrace: deliver records to the functions that topics invoke',
      memoryInMiB: 512,
      timeout: Duration.minutes(15),
    });
    // what it gives up it produces to a topic
    storage.grantLog(this, ['GetItem', 'Query', 'PutItem']);
    storage.grantCluster(this, ['GetItem', 'Query', 'PutItem', 'DeleteItem']);
    storage.grantObjects(this, {
      batches: ['GetObject', 'PutObject'],
      segments: ['GetObject'],
      manifests: ['GetObject'],
    });
    // A run that is late is of no use, for what is due is looked for; and one that failed has noted that it is.
    this.lambda.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: sweepEvery });
    // Where there is a backlog, run follows run: that is no loop.
    (this.lambda.node.defaultChild as CfnFunction).recursiveLoop = RecursiveLoop.ALLOW;
    this.#mayGoOn();
    this.#schedule('Due', 'trigger runs that were begun and did not end', { rate: dueEvery, task: 'due' });
    this.#schedule('Sweep', 'all partitions of all triggers', { rate: sweepEvery, task: 'sweep' });
  }

  /** Lets a function start runs, and tells it how this one is called. */
  grantStart(fn: PathFunction): void {
    fn.allow({ sid: 'StartTriggers', actions: ['lambda:InvokeFunction'], resources: [this.lambda.functionArn] });
    fn.lambda.addEnvironment(variables.dispatcherFunction, this.lambda.functionName);
  }

  /** Lets it start itself; as a policy apart, for the function waits for those of its role. */
  #mayGoOn(): void {
    const goOn = new PolicyStatement({
      sid: 'GoOn',
      actions: ['lambda:InvokeFunction'],
      resources: [this.lambda.functionArn],
    });
    this.role.attachInlinePolicy(new Policy(this, 'GoOn', { statements: [goOn] }));
  }

  #schedule(id: string, description: string, { rate, task }: { readonly rate: Duration; readonly task: string }): void {
    const target = new LambdaFunction(this.lambda, {
      event: RuleTargetInput.fromObject({ task }),
      retryAttempts: 3,
      maxEventAge: rate,
      deadLetterQueue: failureQueue(this, `${id}Unscheduled`, `the look for ${description} could not be started`),
    });
    new Rule(this, id, { description: `Millrace: ${description}`, schedule: Schedule.rate(rate), targets: [target] });
  }
}
