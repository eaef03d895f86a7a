/** Checks what a client sent against a schema, and says of the first misfit where it is, what it is and what is expected. */
import type * as z from 'zod';
import { JsonText } from './json/read-json.ts';

/** Longer values and messages are cut. */
const SHOWN_LENGTH = 60;
const MESSAGE_LENGTH = 300;

export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string; readonly path: readonly PropertyKey[] };

/** @param root what the outermost value is called; the path of a misfit begins with it, unless it is empty */
export function check<T>(schema: z.ZodType<T>, input: unknown, root = ''): Checked<T> {
  const result = schema.safeParse(input, { reportInput: true });
  if (result.success) return { ok: true, value: result.data };
  const issue = result.error.issues[0] as z.core.$ZodIssue;
  return { ok: false, message: describe(issue, root), path: issue.path };
}

/** @example "records[3].partition: too small: expected number to be >=0, given -1" */
function describe(issue: z.core.$ZodIssue, root: string): string {
  const where = pathText(root, issue.path);
  const what = issue.message.charAt(0).toLowerCase() + issue.message.slice(1);
  const given = isShown(issue.input) ? `, given ${shown(issue.input)}` : '';
  const text = `${where && `${where}: `}${what}${given}`;
  return text.length > MESSAGE_LENGTH ? `${text.slice(0, MESSAGE_LENGTH)}…` : text;
}

function pathText(root: string, path: readonly PropertyKey[]): string {
  const parts = path.map(part => (typeof part === 'number' ? `[${part}]` : `.${cut(String(part))}`));
  const text = root + parts.join('');
  return text.startsWith('.') ? text.slice(1) : text;
}

const isShown = (input: unknown): boolean =>
  input === null || input instanceof JsonText || ['string', 'number', 'boolean'].includes(typeof input);

const shown = (input: unknown): string => cut(input instanceof JsonText ? input.text : JSON.stringify(input));

const cut = (text: string): string => (text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text);
