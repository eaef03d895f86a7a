/**
 * From API Gateway's events to requests, and back: REST APIs (payload 1.0) and HTTP APIs (payload 2.0).
 *
 * An answer's body is always base64, whatever its type, so that what fits into Lambda's 6 MB depends on its size alone.
 */
import type { APIGatewayProxyEvent, APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { originOf } from './links.ts';
import { within } from './read-body.ts';
import type { RequestBindings } from './request-bindings.ts';

/** Kept back of the function's time: to encode the answer, and for a cold start, which the front door's clock counts. */
const ANSWER_RESERVE_MS = 2_000;

export type GatewayEvent = APIGatewayProxyEvent | APIGatewayProxyEventV2;

export interface GatewayAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly isBase64Encoded: true;
}

/** The app as this adapter sees it: a Hono app is one. */
export interface FetchApp {
  fetch(request: Request, bindings: RequestBindings): Response | Promise<Response>;
}

/**
 * A Lambda handler that answers with `app`.
 *
 * @example export const handler = lambdaHandler(createApp(services, { serve: 'produce' }));
 */
export const lambdaHandler =
  (app: FetchApp) =>
  async (event: GatewayEvent, context: Pick<Context, 'getRemainingTimeInMillis'>): Promise<GatewayAnswer> => {
    const budgetMs = Math.max(0, context.getRemainingTimeInMillis() - ANSWER_RESERVE_MS);
    const call = readEvent(event);
    const readGetBody = async (limit: number) => within(limit, call.body ?? Buffer.alloc(0));
    return toAnswer(await app.fetch(toRequest(call), { budgetMs, baseUrl: call.baseUrl, readGetBody }));
  };

/** What the two payload formats have in common. */
interface GatewayCall {
  readonly method: string;
  readonly baseUrl: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Headers;
  readonly body: Buffer<ArrayBuffer> | undefined;
}

function readEvent(event: GatewayEvent): GatewayCall {
  const body = bodyOf(event);
  if ('rawPath' in event) {
    const { requestContext, rawPath, rawQueryString } = event;
    const headers = toHeaders(Object.entries(event.headers));
    return {
      method: requestContext.http.method,
      baseUrl: originOf(headers),
      path: rawPath,
      query: rawQueryString,
      headers,
      body,
    };
  }
  const headers = toHeaders(entriesOf(event.multiValueHeaders));
  return {
    method: event.httpMethod,
    baseUrl: originOf(headers) + stagePrefix(event),
    path: event.path,
    query: new URLSearchParams(entriesOf(event.multiValueQueryStringParameters)).toString(),
    headers,
    body,
  };
}

function toRequest({ method, baseUrl, path, query, headers, body }: GatewayCall): Request {
  const url = `${new URL(baseUrl).origin}${escapePath(path)}${query && `?${query}`}`;
  const mayHaveBody = method !== 'GET' && method !== 'HEAD';
  return new Request(url, { method, headers, body: mayHaveBody ? (body ?? null) : null });
}

async function toAnswer(response: Response): Promise<GatewayAnswer> {
  const headers = Object.fromEntries(response.headers);
  // The front door counts the bytes it sends; to a HEAD that is none, whatever the app would have sent to a GET.
  delete headers['content-length'];
  const body = Buffer.from(await response.arrayBuffer()).toString('base64');
  return { statusCode: response.status, headers, body, isBase64Encoded: true };
}

function bodyOf({ body, isBase64Encoded }: GatewayEvent): Buffer<ArrayBuffer> | undefined {
  return body === null || body === undefined ? undefined : Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
}

/** A REST API strips its stage (or a custom domain's base path) from `path`, and leaves it in the context's. */
function stagePrefix({ path, requestContext }: APIGatewayProxyEvent): string {
  const full = requestContext.path;
  return full.endsWith(path) ? full.slice(0, full.length - path.length) : '';
}

/**
 * A REST API hands over the path as it was sent, an HTTP API decodes it (all but `%25`). Only what can never stand in an
 * encoded path is escaped, so that the first passes through unchanged and the second becomes a path again.
 */
function escapePath(path: string): string {
  return path.replace(/%(?![0-9a-fA-F]{2})|[^\w%/.~!$&'()*+,;=:@-]/gu, encodeURIComponent);
}

function toHeaders(entries: Iterable<readonly [string, string | undefined]>): Headers {
  const headers = new Headers();
  for (const [name, value] of entries) {
    // A header's bytes as latin-1, as Node's own server reads them.
    if (value !== undefined) headers.append(name, Buffer.from(value).toString('latin1'));
  }
  return headers;
}

type MultiValue = Readonly<Record<string, readonly string[] | undefined>> | null;

const entriesOf = (multiValue: MultiValue): [string, string][] =>
  Object.entries(multiValue ?? {}).flatMap(([name, values]) =>
    (values ?? []).map((value): [string, string] => [name, value]),
  );
