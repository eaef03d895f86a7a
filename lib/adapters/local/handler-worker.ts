/**
 * The thread in which a handler runs on this machine: it imports the module, says which files that took, and answers calls.
 *
 * What the handler prints goes to the process's own output. An error that nobody catches ends the thread, and it alone.
 */
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { errorText } from './error-text.ts';
import { stampOf } from './file-stamp.ts';
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
    if (loaded.startsWith('file:') && !loaded.includes('/node_modules/')) {
      const path = fileURLToPath(loaded);
      say({ kind: 'file', path, stamp: stampOf(path) });
    }
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
    // one that takes a callback, and returns no promise, answers by it
    if (handler.length < 3 || isPromise(returned)) resolve(returned);
  });
}

const isPromise = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';

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

async function answer(handler: Handler, message: ToWorker): Promise<void> {
  const { id } = message;
  try {
    const result = await call(handler, JSON.parse(message.payload), contextOf(message));
    say({ kind: 'done', id, response: JSON.stringify(result) ?? 'null' });
  } catch (error) {
    say({ kind: 'failed', id, error: errorText(error) });
  }
}

try {
  const handler = handlerOf((await import(url)) as Readonly<Record<string, unknown>>);
  parentPort?.on('message', (message: ToWorker) => void answer(handler, message));
  say({ kind: 'ready' });
} catch (error) {
  say({ kind: 'refused', error: errorText(error) });
}
