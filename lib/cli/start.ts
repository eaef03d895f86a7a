/**
 * `millrace start`: the local server until SIGINT or SIGTERM.
 */

import { failureText } from '../embedded/print-failure.ts';
import { AddressError, type RunningServer, type ServerOptions, startServer } from '../embedded/server.ts';
import { MillraceError } from '../protocol/errors.ts';

/** @returns the exit status */
export async function start(options: ServerOptions): Promise<number> {
  let server: RunningServer;
  try {
    server = await startServer({
      ...options,
      onFault: error => console.error(error),
      onTriggerFailure: failure => console.error(failureText(failure)),
    });
  } catch (error) {
    if (!(error instanceof AddressError || error instanceof MillraceError)) throw error;
    console.error(`millrace: ${error.message}`);
    return 1;
  }
  const stopped = stopSignal();
  console.log(welcome(server, options));
  const signal = await stopped;
  console.log(`${signal}: stopping`);
  await server.close();
  return 0;
}

function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve);
  });
}

function welcome({ url, clusterId }: RunningServer, { dataFolder, triggers = [] }: ServerOptions): string {
  const shown = triggers.map(({ topic, name, function: target }) => `\n  trigger ${name}: ${topic} invokes ${target}`);
  return `Millrace is ready on ${url}, data in ${dataFolder}
${shown.join('')}${shown.length > 0 ? '\n' : ''}
  # a topic, a record, and the record back
  curl -X POST ${url}/v3/clusters/${clusterId}/topics -H 'content-type: application/json' \\
    -d '{"topic_name":"click","partitions_count":3}'
  curl -X POST ${url}/topics/click -H 'content-type: application/vnd.kafka.json.v2+json' \\
    -d '{"records":[{"key":"alice","value":{"page":"/"},"partition":0}]}'
  curl '${url}/topics/click/partitions/0/records?offset=0&timeout=1000&max_bytes=1000000' \\
    -H 'accept: application/vnd.kafka.json.v2+json'

Stop it with Ctrl-C.`;
}
