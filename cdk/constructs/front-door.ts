/** What clients call: one of API Gateway's two kinds of API, and behind it a function for each path. */
import { Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import { httpApi } from './http-api.ts';
import { restApi } from './rest-api.ts';
import type { ApiProps, BuiltApi } from './routes.ts';

export interface FrontDoorProps extends ApiProps {
  /** REST API, or HTTP API at less than a third of its price. */
  readonly kind: 'rest' | 'http';
}

const builders = { rest: restApi, http: httpApi } as const;

export class FrontDoor extends Construct {
  /** Its base URL, without a slash at its end. */
  readonly url: string;
  readonly #api: BuiltApi;

  constructor(scope: Construct, id: string, { kind, ...props }: FrontDoorProps) {
    super(scope, id);
    this.#api = builders[kind](this, props);
    this.url = this.#api.url;
    acknowledge(this, acceptedFindings);
    if (props.auth === 'none')
      acknowledge(this, { 'AwsSolutions-APIG4': 'opened by auth none, which is for emulators' });
  }

  /** What a policy calls a method and a path of the API; `*` stands for anything. */
  arnOf(method: string, path: `/${string}`): string {
    const resourceName = `${this.#api.stageName}/${method}${path}`;
    return Stack.of(this).formatArn({ service: 'execute-api', resource: this.#api.id, resourceName });
  }
}

const acceptedFindings = {
  'AwsSolutions-APIG1':
    'CloudWatch has its metrics, the functions their logs; a REST API logs only with a role of the whole account',
  'AwsSolutions-APIG2': 'the functions check every request, and answer in the words of the protocol',
  'AwsSolutions-APIG3':
    'callers sign with AWS credentials; a firewall costs more than an idle deployment, and can be put in front',
  'AwsSolutions-APIG6':
    'an execution log needs a role that belongs to the whole account, and would hold the records of every caller',
  'AwsSolutions-COG4': 'callers are AWS identities, not users of a Cognito pool',
} as const;
