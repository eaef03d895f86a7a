/**
 * Answers one request by its route: negotiates media types, checks what was sent, and says meanwhile that this worker lives.
 */
import type { HonoRequest } from 'hono';
import { deadlineIn } from '../log/deadline.ts';
import { limits } from '../protocol/limits.ts';
import { check } from './check.ts';
import { HttpError } from './http-error.ts';
import { baseUrlOf, Links } from './links.ts';
import { acceptedType, type MediaType, mediaType, sentType } from './media-type.ts';
import { readBody } from './read-body.ts';
import type { Reply } from './reply.ts';
import type { RequestBindings } from './request-bindings.ts';
import type { Content, Route } from './route.ts';
import type { AppServices } from './services.ts';

export interface CallOptions {
  readonly route: Route;
  readonly services: AppServices;
  readonly request: HonoRequest;
  readonly bindings: Partial<RequestBindings>;
  readonly requestTimeoutMs: number;
}

export async function answerCall(options: CallOptions): Promise<Reply> {
  const { route, services } = options;
  const seen = route.isOffline ? undefined : services.worker.beSeen();
  try {
    return await answer(options);
  } finally {
    await seen;
  }
}

async function answer(options: CallOptions): Promise<Reply> {
  const { route, services, request, bindings } = options;
  const { waitDeadline } = deadlines(options);
  const params = await checkParams(options);
  const accepted = negotiate(acceptedType, request.header('accept'), route.answer.content);
  const sent = negotiate(sentType, request.header('content-type'), route.body?.content);
  const body = route.body?.read(await readSent(options), sent);
  // an upload takes as long as it takes: the work on it has its own time
  const { deadline } = deadlines(options);
  const reply = await route.answers({
    services,
    params,
    query: checkQuery(options),
    body,
    sent,
    accepted,
    links: new Links(bindings.baseUrl ?? baseUrlOf(request.raw)),
    header: name => request.header(name),
    deadline,
    waitDeadline,
    isAbandoned: () => request.raw.signal.aborted,
  });
  return complete(reply, route, accepted);
}

/** The body as it was sent; of a GET by whoever received it, if anyone can. */
async function readSent({ route, request, bindings }: CallOptions): Promise<Uint8Array<ArrayBuffer>> {
  if (route.method !== 'GET') return readBody(request.raw, bindings.readStatedBody);
  return (await bindings.readGetBody?.(limits.bodyBytes)) ?? new Uint8Array();
}

/** What a route does not say of its answer is as the route's answer has it. */
function complete(reply: Reply, { answer: { status } }: Route, accepted: MediaType): Reply {
  if (reply.body === undefined) return { status, ...reply };
  return { status, ...reply, headers: { 'Content-Type': accepted, ...reply.headers } };
}

/** Both are counted from now, which is when the request was received. */
function deadlines({ services: { clock }, bindings, requestTimeoutMs }: CallOptions) {
  const { budgetMs = Number.POSITIVE_INFINITY } = bindings;
  return {
    deadline: deadlineIn(clock, Math.min(requestTimeoutMs, budgetMs)),
    waitDeadline: deadlineIn(clock, budgetMs),
  };
}

async function checkParams({ route, services, request }: CallOptions): Promise<unknown> {
  const params: Record<string, string> = request.param();
  if (Object.hasOwn(params, 'cluster_id') && params.cluster_id !== (await services.clusterId.get())) {
    throw new HttpError(404, `there is no cluster '${params.cluster_id?.slice(0, 100)}' here, see /v3/clusters`);
  }
  if (!route.params) return undefined;
  const checked = check(route.params, params);
  if (checked.ok) return checked.value;
  throw new HttpError(400, checked.message);
}

function checkQuery({ route, request }: CallOptions): unknown {
  if (!route.query) return undefined;
  const query: Record<string, string | string[]> = Object.create(null);
  const { searchParams } = new URL(request.url);
  for (const name of route.repeats ?? []) if (searchParams.has(name)) query[name] = searchParams.getAll(name);
  for (const [name, value] of searchParams) {
    if (route.repeats?.includes(name)) continue;
    if (query[name] !== undefined) throw new HttpError(400, `'${name.slice(0, 100)}' is given more than once`);
    query[name] = value;
  }
  const checked = check(route.query, query);
  if (checked.ok) return checked.value;
  throw new HttpError(400, checked.message);
}

type Negotiation = (header: string | undefined, types: readonly MediaType[]) => MediaType;

/** Where there is no content, there is nothing to negotiate. */
function negotiate(choose: Negotiation, header: string | undefined, content: Content | undefined): MediaType {
  return content ? choose(header, Object.keys(content) as MediaType[]) : mediaType.json;
}
