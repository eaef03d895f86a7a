/** The front door as an HTTP API: less than a third of a REST API's price; it answers its own refusals in its own words. */
import { HttpApi, HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { Construct } from 'constructs';
import { alarmAtFirst } from './alarm.ts';
import { type ApiProps, type BuiltApi, routes } from './routes.ts';

export function httpApi(scope: Construct, { name, auth, paths }: ApiProps): BuiltApi {
  const integrations = integrate(paths);
  const api = new HttpApi(scope, 'HttpApi', {
    apiName: name,
    defaultIntegration: integrations.topics,
    ...(auth === 'iam' && { defaultAuthorizer: new HttpIamAuthorizer() }),
  });
  for (const { method, path, servedBy } of routes) {
    api.addRoutes({ path, methods: [HttpMethod[method]], integration: integrations[servedBy] });
  }
  alarmAtFirst(scope, 'ServerErrors', api.metricServerError(), 'the front door: an answer was a 5xx');
  return { url: api.apiEndpoint, id: api.apiId, stageName: '$default' };
}

function integrate({ produce, fetch, groups, topics }: ApiProps['paths']) {
  const unscoped = { scopePermissionToRoute: false };
  return {
    produce: new HttpLambdaIntegration('Produce', produce.lambda, unscoped),
    fetch: new HttpLambdaIntegration('Fetch', fetch.lambda, unscoped),
    groups: new HttpLambdaIntegration('Groups', groups.lambda, unscoped),
    topics: new HttpLambdaIntegration('Topics', topics.lambda, unscoped),
  };
}
