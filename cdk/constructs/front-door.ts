/** What clients call: one of API Gateway's two kinds of API, and behind it a function for each path. */
import { Construct } from 'constructs';
import type { StackOptions } from '../options.ts';
import { acknowledge } from './acknowledge.ts';
import { httpApi } from './http-api.ts';
import { restApi } from './rest-api.ts';
import type { ApiProps } from './routes.ts';

export interface FrontDoorProps extends ApiProps {
  readonly kind: StackOptions['frontDoor'];
}

const builders = { rest: restApi, http: httpApi } as const;

export class FrontDoor extends Construct {
  /** Its base URL, without a slash at its end. */
  readonly url: string;

  constructor(scope: Construct, id: string, { kind, auth, paths }: FrontDoorProps) {
    super(scope, id);
    this.url = builders[kind](this, { auth, paths });
    acknowledge(this, acceptedFindings);
    if (auth === 'none') acknowledge(this, { 'AwsSolutions-APIG4': 'opened by -c auth=none, which is for emulators' });
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
