/**
 * The thread in which a handler runs on this machine: it imports the module, says which files that took, and answers calls.
 *
 * What the handler prints goes to the process's own output. An error that nobody catches ends the thread, and it alone.
 */
import { registerHooks } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import type { FromWorker, ToWorker } from './handler-messages.ts';

interface HandlerOfWorker {
  readonly url: string;
  readonly exportName: string | undefined;
}

type Callback = (error: unknown, result?: unknown) => void;
type Handler = (event: unknown, context: unknown, callback: Callback) => unknown;

const { url, exportName } = workerData as HandlerOfWorker;

const say = (message: FromWorker): void => parentPort?.postMessage(message);

registerHooks({
  load(loaded, context, nextLoad) {
    if (loaded.startsWith('file:') && !loaded.includes('/node_modules/')) say({ kind: 'file', url: loaded });
    return nextLoad(loaded, context);
  },
});

function handlerOf(module: Readonly<Record<string, unknown>>): Handler {
  const names = exportName === undefined ? ['handler', 'default'] : [exportName];
  // a CommonJS module is the default of what import gives
  const places = [module, module.default as Readonly<Record<string, unknown>> | undefined];
  for (const name of names) {
    for (const place of places) {
      const found = place?.[name];
      if (typeof found === 'function') return found as Handler;
    }
  }
  throw new Error(`the module exports no function '${names.join("' or '")}'`);
}

function call(handler: Handler, event: unknown, context: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const callback: Callback = (error, result) => (error ? reject(error) : resolve(result));
    const returned = handler(event, context, callback);
    // one that takes a callback, and returns nothing, answers by it
    if (handler.length < 3 || returned !== undefined) resolve(returned);
  });
}

function contextOf({ id, timeoutMs }: ToWorker) {
  const until = Date.now() + timeoutMs;
  return {
    awsRequestId: id,
    functionName: new URL(url).pathname.split('/').at(-1),
    functionVersion: '$LATEST',
    invokedFunctionArn: url,
    memoryLimitInMB: '1024',
    logGroupName: 'local',
    logStreamName: 'local',
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => Math.max(0, until - Date.now()),
  };
}

/** With the handler's own part of the stack: what called it is none of a developer's business. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const lines = (error.stack ?? `${error.name}: ${error.message}`).split('\n');
  const own = lines.findIndex(line => line.includes(import.meta.url));
  return lines.slice(0, own < 0 ? lines.length : own).join('\n');
}

async function answer(handler: Handler, message: ToWorker): Promise<void> {
  const { id } = message;
  try {
    const result = await call(handler, JSON.parse(message.payload), contextOf(message));
    say({ kind: 'done', id, response: JSON.stringify(result) ?? 'null' });
  } catch (error) {
    say({ kind: 'failed', id, error: textOf(error) });
  }
}

try {
  const handler = handlerOf((await import(url)) as Readonly<Record<string, unknown>>);
  parentPort?.on('message', (message: ToWorker) => void answer(handler, message));
  say({ kind: 'ready' });
} catch (error) {
  say({ kind: 'refused', error: textOf(error) });
}
