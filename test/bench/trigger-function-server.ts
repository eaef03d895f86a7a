/** The function whose start is measured, behind HTTP: it begins when its event is there. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import type { SelfManagedKafkaEvent } from 'aws-lambda';
import { machineMs, noteCall } from './trigger-function.ts';

const server = createServer(async (request, response) => {
  const event = await json(request);
  noteCall(event as SelfManagedKafkaEvent, machineMs());
  response.end();
});

server.listen(0, '127.0.0.1', () => {
  console.log(`ready on http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
process.once('SIGTERM', () => process.exit());
