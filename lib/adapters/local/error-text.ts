/** What a developer is shown of an error: its message, and the part of the stack that is the handler's own. */

/** What an error says is kept to so many characters. */
const ERROR_LENGTH = 2_000;

/** What called the handler, and what Node does for it, is none of its developer's business. */
const CALLER_FRAME = /^\s+at .*\/adapters\/local\/handler-worker\.ts\b/;
const NODE_FRAME = /^\s+at .*\bnode:/;

export function errorText(error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? `${error.name}: ${error.message}`) : String(error);
  const lines = text.split('\n');
  const caller = lines.findIndex((line, index) => CALLER_FRAME.test(line) || isLastOfHandler(lines, index));
  const own = lines.slice(0, caller < 0 ? lines.length : caller).filter(line => !NODE_FRAME.test(line));
  return own.join('\n').slice(0, ERROR_LENGTH);
}

/** The promise in which the handler is called stands between it and its caller. */
const isLastOfHandler = (lines: readonly string[], index: number): boolean =>
  lines[index]?.trim() === 'at new Promise (<anonymous>)' && CALLER_FRAME.test(lines[index + 1] ?? '');
