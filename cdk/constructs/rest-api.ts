/** The front door as a REST API: works every place, and can stream answers. */
import { Stack } from 'aws-cdk-lib';
import {
  AuthorizationType,
  EndpointType,
  type IResource,
  LambdaIntegration,
  ResourceBase,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import type { Construct } from 'constructs';
import { alarmAtFirst } from './alarm.ts';
import { answerInOurWords } from './gateway-errors.ts';
import type { PathFunction } from './path-function.ts';
import { type ApiProps, type BuiltApi, routes } from './routes.ts';

const stageName = 'prod';

export function restApi(scope: Construct, { name, auth, paths }: ApiProps): BuiltApi {
  const api = new RestApi(scope, 'RestApi', {
    restApiName: name,
    endpointTypes: [EndpointType.REGIONAL],
    // Every body, both ways, is bytes.
    binaryMediaTypes: ['*/*'],
    deployOptions: { stageName },
    // The role would be the whole account's.
    cloudWatchRole: false,
    defaultMethodOptions: { authorizationType: auth === 'iam' ? AuthorizationType.IAM : AuthorizationType.NONE },
  });
  // It repeats the stack's own output.
  api.node.tryRemoveChild('Endpoint');
  addRoutes(api, paths);
  answerInOurWords(api);
  alarmAtFirst(scope, 'ServerErrors', api.metricServerError(), 'the front door: an answer was a 5xx');
  const { region, urlSuffix } = Stack.of(scope);
  const url = `https://${api.restApiId}.execute-api.${region}.${urlSuffix}/${stageName}`;
  return { url, id: api.restApiId, stageName };
}

function addRoutes(api: RestApi, paths: ApiProps['paths']): void {
  const integrations = {
    produce: integrate(paths.produce),
    fetch: integrate(paths.fetch),
    groups: integrate(paths.groups),
    topics: integrate(paths.topics),
  };
  for (const { method, path, servedBy } of routes) {
    api.root.resourceForPath(path).addMethod(method, integrations[servedBy]);
  }
  api.root.addResource('{rest+}');
  for (const node of unanswered(api)) node.addMethod('ANY', integrations.topics);
}

const integrate = (fn: PathFunction): LambdaIntegration =>
  new LambdaIntegration(fn.lambda, { scopePermissionToMethod: false });

/** The nodes that do not answer every method yet; what none of ours answers, API Gateway would refuse in its own words. */
function unanswered(api: RestApi): ResourceBase[] {
  const answered = new Set<IResource>(
    api.methods.filter(({ httpMethod }) => httpMethod === 'ANY').map(({ resource }) => resource),
  );
  return api.root.node.findAll().filter(node => node instanceof ResourceBase && !answered.has(node)) as ResourceBase[];
}
