/** Holds every answer of a test against the schema that its route states. */
import * as z from 'zod';
import type { MediaType } from '../../lib/http/media-type.ts';
import type { Route } from '../../lib/http/route.ts';
import { routes } from '../../lib/http/routes.ts';

/** @throws Error where a JSON answer is not, member by member, as its route says */
export async function checkAnswer(method: string, path: string, response: Response): Promise<void> {
  const route = routes.find(each => each.method === method && isAt(each, path));
  const type = response.headers.get('Content-Type');
  if (!route || !type || response.status >= 300) return;
  const schema = route.answer.content?.[type as MediaType];
  if (schema === undefined) throw new Error(`${method} ${route.path} does not say that it answers ${type}`);
  if (schema === 'bytes') return;
  const documented = strict(schema);
  for (const text of (await response.clone().text()).split('\n').filter(Boolean)) {
    const checked = documented.safeParse(JSON.parse(text));
    if (!checked.success) throw new Error(`${method} ${route.path} answers ${text}: ${z.prettifyError(checked.error)}`);
  }
}

/** The schema as the document has it, where no member is let in that is not named. */
function strict(schema: z.ZodType): z.ZodType {
  const document = z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' });
  return z.fromJSONSchema(document as Parameters<typeof z.fromJSONSchema>[0]);
}

const isAt = (route: Route, path: string): boolean =>
  new RegExp(`^${route.path.replace(/\{\w+\}/g, '[^/]+')}/?(?:\\?.*)?$`).test(path);
