/**
 * The function of one path: its bundle, its log, a role that may do nothing but write that log, and its alarms.
 *
 * What else it may do is given by grants, each a named statement over named resources.
 */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { alarmAtFirst } from './alarm.ts';
import { bundle, type Entry } from './bundle.ts';

export interface PathFunctionProps {
  /** The entry point in `functions/`, without its extension. */
  readonly entry: Entry;
  readonly description: string;
  readonly memoryInMiB: number;
  /** As long as the front door waits for an answer, unless told otherwise. */
  readonly timeout?: Duration;
}

/** One thing that a function may do. */
export interface Grant {
  readonly sid: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
}

export class PathFunction extends Construct {
  readonly lambda: LambdaFunction;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: PathFunctionProps) {
    super(scope, id);
    const { entry, description, memoryInMiB, timeout = Duration.seconds(29) } = props;
    const logGroup = new LogGroup(this, 'Log', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    this.lambda = new LambdaFunction(this, 'Function', {
      description,
      code: bundle(entry),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: memoryInMiB,
      timeout,
      logGroup,
      role: this.role,
      environment: { NODE_OPTIONS: '--enable-source-maps' },
    });
    const logActions = ['logs:CreateLogStream', 'logs:PutLogEvents'];
    this.allow({ sid: 'OwnLog', actions: logActions, resources: [logGroup.logGroupArn] });
    this.#addAlarms(id);
  }

  allow({ sid, actions, resources }: Grant): void {
    this.lambda.addToRolePolicy(new PolicyStatement({ sid, actions: [...actions], resources: [...resources] }));
  }

  #addAlarms(name: string): void {
    alarmAtFirst(this, 'Errors', this.lambda.metricErrors(), `${name}: an invocation failed or timed out`);
    alarmAtFirst(
      this,
      'Throttles',
      this.lambda.metricThrottles(),
      `${name}: no concurrency was left for an invocation`,
    );
  }
}
