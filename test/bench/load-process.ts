/**
 * Load on a server by a process of its own, until its parent lets it go: `fork('load-process.ts', [port, topic])`. It says, once, when it
 * is under way.
 */
import { HttpConnection, requestBytes } from './http-connection.ts';
import { bodyOf, mediaTypes } from './workload.ts';

const CLIENTS = 4;

const [port = '', topic = ''] = process.argv.slice(2);
const request = requestBytes({
  method: 'POST',
  path: `/topics/${topic}/partitions/0`,
  headers: { 'content-type': mediaTypes.json },
  body: bodyOf({ recordBytes: 100, batchRecords: 100 }, 'json'),
});

process.once('disconnect', () => process.exit());
await Promise.all(Array.from({ length: CLIENTS }, produceForEver));

async function produceForEver(): Promise<void> {
  const connection = await HttpConnection.open(Number(port));
  for (let sent = 0; ; sent++) {
    await connection.send(request);
    if (sent === 0) process.send?.('under way');
  }
}
