/**
 * A route as data: what it takes, what it answers, and who serves it. The same schemas check requests and make the OpenAPI
 * document.
 */

import type * as z from 'zod';
import type { Deadline } from '../log/deadline.ts';
import type { Links } from './links.ts';
import type { MediaType } from './media-type.ts';
import type { Reply } from './reply.ts';
import type { AppServices, ServedRoutes } from './services.ts';

/** A schema of what is read and written as JSON, or anything else that is bytes to us. */
export type Content = { readonly [type in MediaType]?: z.ZodType | 'bytes' };

export interface BodyOf<Body> {
  /** By media type; the first is meant where a request has no `Content-Type`. */
  readonly content: Content;
  /** Whether the request may have none. */
  readonly isOptional?: boolean;
  /** @throws HttpError that says what is wrong with it */
  read(bytes: Uint8Array, type: MediaType): Body;
}

export interface Answer {
  readonly status: number;
  readonly description: string;
  /** By media type; the first is what a client gets that says not what it accepts. Without it, there is no body. */
  readonly content?: Content;
  /** What its own headers mean. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** One request, checked. */
export interface Call<Params, Query, Body> {
  readonly services: AppServices;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  /** What the client sends. */
  readonly sent: MediaType;
  /** What the client gets. */
  readonly accepted: MediaType;
  readonly links: Links;
  /** The value of a header of the request. */
  readonly header: (name: string) => string | undefined;
  /** When the answer has to be ready. */
  readonly deadline: Deadline;
  /** The same for an answer that waits for records to come: as late as the front door allows. */
  readonly waitDeadline: Deadline;
  /** Whether the client has gone. */
  readonly isAbandoned: () => boolean;
}

export interface RouteOf<Params, Query, Body> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With its parameters in braces: `/topics/{topic}`. */
  readonly path: `/${string}`;
  readonly servedBy: Exclude<ServedRoutes, 'all'>;
  readonly summary: string;
  readonly params?: z.ZodType<Params>;
  readonly query?: z.ZodType<Query>;
  /** Parameters of the query that may be given more than once: the schema gets a list of each. */
  readonly repeats?: readonly string[];
  readonly body?: BodyOf<Body>;
  readonly answer: Answer;
  /** Whether a GET gives what it gives only once, so that there is no HEAD of it. */
  readonly isSpentByReading?: boolean;
  /** Whether it stays away from the stores. */
  readonly isOffline?: boolean;
  answers(call: Call<Params, Query, Body>): Reply | Promise<Reply>;
}

export type Route = RouteOf<unknown, unknown, unknown>;

/** Ties the types of a route's parts together. */
export const route = <Params, Query, Body>(definition: RouteOf<Params, Query, Body>): Route => definition;
