import { Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { routes } from '../../cdk/constructs/routes.ts';
import { templateWith } from './synth.ts';

const rest = templateWith();
const http = templateWith({ frontDoor: 'http' });

/** `METHOD path` of a REST API's methods, and the function behind each. */
function restRoutes(template: Template): Map<string, string> {
  const resources = template.findResources('AWS::ApiGateway::Resource');
  const pathOf = (id: unknown): string => {
    const { ParentId, PathPart } = resources[refOf(id)]?.Properties ?? {};
    return PathPart === undefined ? '' : `${pathOf(ParentId)}/${PathPart}`;
  };
  const methods = Object.values(template.findResources('AWS::ApiGateway::Method'));
  return new Map(
    methods.map(({ Properties: { HttpMethod, ResourceId, Integration } }) => [
      `${HttpMethod} ${pathOf(ResourceId) || '/'}`,
      functionIn(Integration.Uri),
    ]),
  );
}

/** The same of an HTTP API's routes. */
function httpRoutes(template: Template): Map<string, string> {
  const integrations = template.findResources('AWS::ApiGatewayV2::Integration');
  const keys = Object.values(template.findResources('AWS::ApiGatewayV2::Route')).map(({ Properties: route }) => {
    const [, target] = route.Target['Fn::Join'][1];
    return [route.RouteKey, functionIn(integrations[refOf(target)]?.Properties.IntegrationUri)] as const;
  });
  return new Map(keys);
}

const refOf = (reference: unknown): string => (reference as { Ref?: string }).Ref ?? '';

const functionIn = (uri: unknown): string =>
  /"(Produce|Fetch|Groups|Topics)Function/.exec(JSON.stringify(uri))?.[1]?.toLowerCase() ?? '?';

const expected = routes.map(({ method, path, servedBy }) => [`${method} ${path}`, servedBy]);

describe('the REST API', () => {
  it('sends the routes of produce, fetch and groups to their functions, and everything else to topics', () => {
    const found = restRoutes(rest);
    expect([...found]).toEqual(expect.arrayContaining(expected));
    const others = [...found].filter(([route]) => !expected.some(([name]) => name === route));
    expect(others.filter(([, servedBy]) => servedBy !== 'topics')).toEqual([]);
    expect(found.get('ANY /{rest+}')).toBe('topics');
  });

  it('answers every method at every path, so that each refusal is ours', () => {
    const found = restRoutes(rest);
    for (const [route] of found) expect(found.has(`ANY ${route.split(' ')[1]}`)).toBe(true);
    const nodes = Object.keys(rest.findResources('AWS::ApiGateway::Resource')).length + 1;
    expect([...found.keys()].filter(route => route.startsWith('ANY '))).toHaveLength(nodes);
  });

  it('passes bytes', () => {
    rest.hasResourceProperties('AWS::ApiGateway::RestApi', {
      BinaryMediaTypes: ['*/*'],
      EndpointConfiguration: { Types: ['REGIONAL'] },
    });
  });

  it('says its own refusals as the functions say theirs', () => {
    for (const { Properties } of Object.values(rest.findResources('AWS::ApiGateway::GatewayResponse'))) {
      const body = JSON.parse(Properties.ResponseTemplates['application/json']);
      expect(body).toEqual({ error_code: expect.any(Number), message: expect.any(String) });
      expect(String(body.error_code)).toMatch(new RegExp(`^${Properties.StatusCode}`));
    }
  });

  it('calls a request that was not answered in time unknown, not failed', () => {
    rest.hasResourceProperties('AWS::ApiGateway::GatewayResponse', {
      ResponseType: 'DEFAULT_5XX',
      StatusCode: '503',
      ResponseParameters: { 'gatewayresponse.header.Retry-After': "'1'" },
      ResponseTemplates: { 'application/json': Match.stringLikeRegexp('"error_code":50391') },
    });
  });
});

describe('the HTTP API', () => {
  it('takes the place of the REST API', () => {
    http.resourceCountIs('AWS::ApiGateway::RestApi', 0);
    http.resourceCountIs('AWS::ApiGatewayV2::Api', 1);
  });

  it('sends the routes of produce, fetch and groups to their functions, and everything else to topics', () => {
    expect(httpRoutes(http)).toEqual(new Map([...expected, ['$default', 'topics']] as [string, string][]));
  });
});

describe('authorisation', () => {
  it('is by AWS IAM on every route', () => {
    rest.allResourcesProperties('AWS::ApiGateway::Method', { AuthorizationType: 'AWS_IAM' });
    http.allResourcesProperties('AWS::ApiGatewayV2::Route', { AuthorizationType: 'AWS_IAM' });
  });

  it('is none when it is chosen so', () => {
    templateWith({ auth: 'none' }).allResourcesProperties('AWS::ApiGateway::Method', { AuthorizationType: 'NONE' });
    const openHttp = templateWith({ auth: 'none', frontDoor: 'http' });
    openHttp.allResourcesProperties('AWS::ApiGatewayV2::Route', { AuthorizationType: 'NONE' });
  });
});

describe('the outputs', () => {
  it.each([
    ['iam', /^"?curl --aws-sigv4 aws:amz:/],
    ['none', /^"?curl https:/],
  ])('give the URL, the region, the stores and the next command, with auth=%s', (auth, command) => {
    const outputs = templateWith({ auth }).toJSON().Outputs;
    expect(Object.keys(outputs)).toEqual(['Url', 'Region', 'LogTable', 'BucketName', 'Next']);
    expect(outputs.Next.Value['Fn::Join'][1].join('')).toMatch(command);
  });
});
