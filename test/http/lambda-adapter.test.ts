import type { APIGatewayProxyEvent, APIGatewayProxyEventV2 } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { type GatewayEvent, lambdaHandler } from '../../lib/http/lambda-adapter.ts';
import type { RequestBindings } from '../../lib/http/request-bindings.ts';

const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
const base64 = (body: Uint8Array | string) => Buffer.from(body).toString('base64');

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
}

const gatewayHeaders = { Host: 'abc.execute-api.eu-west-1.amazonaws.com', 'X-Forwarded-Proto': 'https' };

/** What a REST API sends for `/prod<path>?offset=1&a=1&a=%20%26`. */
function restEvent({ method = 'GET', path = '/topics', headers = {}, body, isBase64Encoded = false }: Sent) {
  const all = { ...gatewayHeaders, ...headers };
  return {
    httpMethod: method,
    path,
    requestContext: { path: `/prod${path}`, stage: 'prod' },
    multiValueHeaders: Object.fromEntries(Object.entries(all).map(([name, value]) => [name, [value]])),
    multiValueQueryStringParameters: { offset: ['1'], a: ['1', ' &'] },
    body: body ?? null,
    isBase64Encoded,
  } as unknown as APIGatewayProxyEvent;
}

/** What an HTTP API sends for the same. */
function httpEvent({ method = 'GET', path = '/topics', headers = {}, body, isBase64Encoded = false }: Sent) {
  const all = Object.entries({ ...gatewayHeaders, ...headers }).map(([name, value]) => [name.toLowerCase(), value]);
  return {
    version: '2.0',
    rawPath: path,
    rawQueryString: 'offset=1&a=1&a=%20%26',
    headers: Object.fromEntries(all),
    requestContext: { http: { method, path }, stage: '$default' },
    ...(body !== undefined && { body }),
    isBase64Encoded,
  } as unknown as APIGatewayProxyEventV2;
}

/** Calls a handler whose app answers with `response`, and returns what the app was given. */
async function call(event: GatewayEvent, response = new Response('{}')) {
  const seen: { request: Request; bindings: RequestBindings }[] = [];
  const handler = lambdaHandler({
    fetch(request, bindings) {
      seen.push({ request, bindings });
      return response;
    },
  });
  const answer = await handler(event, { getRemainingTimeInMillis: () => 29_000 });
  const [given] = seen;
  if (given === undefined) throw new Error('the app was not called');
  return { answer, ...given };
}

describe.each([
  ['a REST API', restEvent, 'https://abc.execute-api.eu-west-1.amazonaws.com/prod'],
  ['an HTTP API', httpEvent, 'https://abc.execute-api.eu-west-1.amazonaws.com'],
])('behind %s', (_, event, baseUrl) => {
  it('hands over method, path and every value of the query', async () => {
    const { request } = await call(event({ method: 'DELETE', path: '/v3/clusters/c/topics/t:x' }));
    const { pathname, searchParams } = new URL(request.url);
    expect([request.method, pathname]).toEqual(['DELETE', '/v3/clusters/c/topics/t:x']);
    expect([searchParams.get('offset'), searchParams.getAll('a')]).toEqual(['1', ['1', ' &']]);
  });

  it('knows the URL that clients use, stage and all', async () => {
    const { bindings } = await call(event({ path: '/topics/prod' }));
    expect(bindings.baseUrl).toBe(baseUrl);
  });

  it('leaves the app the time of the function less its reserve', async () => {
    const { bindings } = await call(event({}));
    expect(bindings.budgetMs).toBe(27_000);
  });

  it('hands over a binary body byte for byte', async () => {
    const { request } = await call(event({ method: 'POST', body: base64(bytes), isBase64Encoded: true }));
    expect(new Uint8Array(await request.arrayBuffer())).toEqual(bytes);
  });

  it('hands over a text body as UTF-8', async () => {
    const { request } = await call(event({ method: 'POST', body: '{"ü":1}' }));
    expect(await request.json()).toEqual({ ü: 1 });
  });

  it('hands over no body when there is none', async () => {
    const { request } = await call(event({ method: 'POST' }));
    expect(await request.text()).toBe('');
  });

  it('ignores the body of a GET, which a request cannot carry', async () => {
    const { request } = await call(event({ method: 'GET', body: '{}' }));
    expect(request.body).toBeNull();
  });

  it('finds headers whatever their case, and bears those that are not ASCII', async () => {
    const { request } = await call(event({ headers: { Accept: 'application/json', 'X-Name': 'é→' } }));
    expect(request.headers.get('accept')).toBe('application/json');
    expect(Buffer.from(request.headers.get('x-name') ?? '', 'latin1').toString()).toBe('é→');
  });

  it('answers with base64, status and headers', async () => {
    const headers = { 'content-type': 'application/octet-stream', 'retry-after': '1' };
    const { answer } = await call(event({}), new Response(bytes, { status: 503, headers }));
    expect(answer).toEqual({ statusCode: 503, headers, body: base64(bytes), isBase64Encoded: true });
  });

  it('answers without a body, and leaves its length to the front door', async () => {
    const { answer } = await call(
      event({ method: 'HEAD' }),
      new Response(null, { headers: { 'content-length': '7' } }),
    );
    expect(answer).toEqual({ statusCode: 200, headers: {}, body: '', isBase64Encoded: true });
  });
});

describe('a path', () => {
  it.each([
    ['encoded, as a REST API sends it', '/topics/a%20b%2Fc%3Fd%25', '/topics/a%20b%2Fc%3Fd%25'],
    ['decoded, as an HTTP API sends it', '/topics/a b?c#d"é{', '/topics/a%20b%3Fc%23d%22%C3%A9%7B'],
    ['with a percent sign that escapes nothing', '/topics/100%', '/topics/100%25'],
    ['that begins with two slashes', '//elsewhere/topics', '//elsewhere/topics'],
  ])('%s, stays one path', async (_, sent, path) => {
    const { request } = await call(httpEvent({ path: sent }));
    expect(new URL(request.url).pathname).toBe(path);
    expect(new URL(request.url).host).toBe('abc.execute-api.eu-west-1.amazonaws.com');
  });
});
