/** What a worker says of itself without asking a store. */
import * as z from 'zod';
import { mediaType } from '../media-type.ts';
import { openApiDocument } from '../openapi.ts';
import { json } from '../reply.ts';
import { type Route, route } from '../route.ts';

export const healthRoute = route({
  method: 'GET',
  path: '/health',
  servedBy: 'topics',
  summary: 'Whether this worker answers',
  isOffline: true,
  answer: {
    status: 200,
    description: 'It does.',
    content: { [mediaType.json]: z.object({ status: z.literal('ok') }) },
  },
  answers: () => json({ status: 'ok' }),
});

/** The document of all routes, itself among them. */
export const openApiRoute = (routes: () => readonly Route[]): Route =>
  route({
    method: 'GET',
    path: '/openapi.json',
    servedBy: 'topics',
    summary: 'This document',
    isOffline: true,
    answer: { status: 200, description: 'The document.', content: { [mediaType.json]: z.looseObject({}) } },
    answers: ({ links }) => json(openApiDocument(routes(), links.baseUrl)),
  });
