/**
 * A member of a group as a process of its own: `node group-member.ts <url> <group> <topic> <file> <records a second>`.
 *
 * What it processes it appends to its file, a line each: when, partition, offset, value. It leaves the group at SIGTERM.
 */
import { openSync, writeSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { GroupConsumer } from '../../lib/client/group-consumer.ts';
import { MillraceClient } from '../../lib/client/millrace-client.ts';
import { COMMIT_EVERY_MS, PAGE_BYTES, SESSION_MS } from './group-settings.ts';

const [url = '', group = '', topic = '', file = '', speed = ''] = process.argv.slice(2);
const output = openSync(file, 'a');
const consumer = new GroupConsumer(new MillraceClient({ url }), {
  group,
  topics: [topic],
  autoOffsetReset: 'earliest',
  sessionTimeoutMs: SESSION_MS,
  commitEveryMs: COMMIT_EVERY_MS,
  maxBytes: PAGE_BYTES,
});
process.once('SIGTERM', () => void consumer.close());
writeSync(output, `member ${consumer.memberId}\n`);

for await (const { partition, records } of consumer) {
  const at = Date.now();
  writeSync(output, records.map(({ offset, value }) => `${at} ${partition} ${offset} ${value}\n`).join(''));
  await setTimeout((records.length * 1_000) / Number(speed));
}
