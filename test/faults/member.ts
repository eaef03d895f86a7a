/**
 * A member of a group as a process of its own: `node member.ts <settings as JSON>`.
 *
 * It writes down, a line of JSON each, who it is, what it asks and what it is answered, and the records that it processes. A request is
 * written before it is sent, so that of one that was under way when the process was killed it is known that it may have taken effect.
 * It leaves the group at SIGTERM.
 */
import { openSync, writeSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { GroupConsumer } from '../../lib/client/group-consumer.ts';
import { MillraceClient } from '../../lib/client/millrace-client.ts';
import type { MemberLine, MemberOptions } from './member-lines.ts';

const options = JSON.parse(process.argv[2] ?? '{}') as MemberOptions;
const output = openSync(options.file, 'a');
const write = (line: MemberLine) => writeSync(output, `${JSON.stringify(line)}\n`);

/** Milliseconds of the clock of whoever started the process: the machine's is the same for all of its processes. */
const now = () => Number(process.hrtime.bigint()) / 1e6 - options.clockOriginMs;

let asked = 0;

const writingFetch: typeof globalThis.fetch = async (input, init) => {
  const id = asked++;
  const path = new URL(String(input)).pathname;
  if (typeof init?.body !== 'string') return fetch(input, init);
  write({ kind: 'asked', id, at: now(), path, body: JSON.parse(init.body) });
  try {
    const response = await fetch(input, init);
    const text = await response.text();
    write({ kind: 'answered', id, at: now(), status: response.status, text });
    return new Response(text, response);
  } catch (error) {
    write({ kind: 'unanswered', id, at: now(), error: String(error) });
    throw error;
  }
};

const client = new MillraceClient({ url: options.url, timeoutMs: options.timeoutMs, fetch: writingFetch });
const consumer = new GroupConsumer(client, {
  group: options.group,
  topics: [options.topic],
  autoOffsetReset: 'earliest',
  sessionTimeoutMs: options.sessionMs,
  commitEveryMs: options.commitEveryMs,
  maxWaitMs: options.maxWaitMs,
  maxBytes: options.pageBytes,
});
process.once('SIGTERM', () => void consumer.close());
write({ kind: 'member', id: consumer.memberId });

for await (const { partition, records } of consumer) {
  write({
    kind: 'processed',
    at: now(),
    partition,
    records: records.map(({ offset, value }) => [offset, String(value)]),
  });
  await setTimeout((records.length * 1_000) / options.speed);
}
