/**
 * The HTTP surface: one Hono app of all routes, or of those that one Lambda function serves.
 *
 * Paths are matched in one form, whatever the client's: without trailing slashes, each segment decoded and encoded anew. So
 * `records%3Abatch` is `records:batch`, and no path has a character that the router takes for its own.
 */
import { type Context, Hono } from 'hono';
import { KeyViews } from '../fetch/key-views.ts';
import { createGroupServices } from '../groups/services.ts';
import { answerCall, type CallOptions } from './answer-call.ts';
import { errorReply, HttpError, isBug, surfaceOf } from './http-error.ts';
import type { Reply } from './reply.ts';
import type { RequestBindings } from './request-bindings.ts';
import type { Route } from './route.ts';
import { routes } from './routes.ts';
import type { HttpServices, ServedRoutes } from './services.ts';

/** How long an answer may take that does not wait for records to come. */
const REQUEST_TIMEOUT_MS = 20_000;

export interface AppOptions {
  /** All, where it is left out. */
  readonly serve?: ServedRoutes;
  readonly requestTimeoutMs?: number;
  /** Memory for where the keys of compacted topics stand, in bytes. */
  readonly keyViewBytes?: number;
  /** Hears of errors that are mistakes in Millrace itself; clients are told nothing of them. */
  readonly log?: ((error: unknown) => void) | undefined;
}

type Bindings = Partial<RequestBindings>;
type AppContext = Context<{ Bindings: Bindings }>;

/** @example serve({ fetch: createApp(services).fetch, port: 8082 }); */
export function createApp(given: HttpServices, options: AppOptions = {}): Hono<{ Bindings: Bindings }> {
  const { serve = 'all', requestTimeoutMs = REQUEST_TIMEOUT_MS, log = () => {} } = options;
  const keyViews = new KeyViews(given, options.keyViewBytes);
  const services = { ...given, ...createGroupServices(given), ...given.triggers, keyViews };
  const app = new Hono<{ Bindings: Bindings }>({ getPath: request => canonicalPath(new URL(request.url).pathname) });
  const answer = (call: Omit<CallOptions, 'bindings'>, context: AppContext): Promise<Response> =>
    answerCall({ ...call, bindings: context.env ?? {} })
      .catch((error: unknown) => {
        if (isBug(error)) log(error);
        return errorReply(error, surfaceOf(context.req.path));
      })
      .then(toResponse);

  for (const route of routes) {
    if (serve !== 'all' && serve !== route.servedBy) continue;
    app.on(route.method, patternOf(route.path), (context, next) =>
      route.isSpentByReading && context.req.method === 'HEAD'
        ? next()
        : answer({ route, services, request: context.req, requestTimeoutMs }, context),
    );
  }
  for (const [path, allow] of methodsByPath(routes)) {
    app.all(patternOf(path), context => toResponse(notServed(context, allow)));
  }
  app.notFound(context => toResponse(unknownRoute(context)));
  return app;
}

function toResponse({ status = 200, headers, body }: Reply): Response {
  return new Response(body ?? null, { status, ...(headers && { headers }) });
}

function unknownRoute({ req }: AppContext): Reply {
  const message = `there is no ${req.method} ${req.path.slice(0, 200)}, see /openapi.json`;
  return errorReply(new HttpError(404, message), surfaceOf(req.path));
}

/** A path that is known, with a method that it has not, or that another function serves. */
function notServed(context: AppContext, allow: readonly string[]): Reply {
  const { req } = context;
  if (allow.includes(req.method)) return unknownRoute(context);
  const message = `${req.method} is not allowed on this path, use ${allow.join(', ')}`;
  return errorReply(new HttpError(405, message, { headers: { Allow: allow.join(', ') } }), surfaceOf(req.path));
}

/** Every path with its methods, whoever serves them. */
function methodsByPath(all: readonly Route[]): Map<Route['path'], readonly string[]> {
  const byPath = Map.groupBy(all, route => route.path);
  return new Map(
    [...byPath].map(([path, same]) => [
      path,
      same.flatMap(({ method, isSpentByReading }) =>
        method === 'GET' && !isSpentByReading ? ['GET', 'HEAD'] : [method],
      ),
    ]),
  );
}

/** The router's pattern of a route's path: `/topics/{topic}` is `/topics/:topic`. */
const patternOf = (path: Route['path']): string =>
  path
    .split('/')
    .map(segment => (segment.startsWith('{') ? `:${segment.slice(1, -1)}` : canonicalSegment(segment)))
    .join('/');

function canonicalPath(path: string): string {
  let end = path.length;
  while (path[end - 1] === '/') end--;
  return path.slice(0, end).split('/').map(canonicalSegment).join('/') || '/';
}

/** What cannot be decoded stands for itself. */
function canonicalSegment(segment: string): string {
  let decoded = segment;
  try {
    decoded = decodeURIComponent(segment);
  } catch {}
  return encodeURIComponent(decoded).replaceAll('*', '%2A');
}
