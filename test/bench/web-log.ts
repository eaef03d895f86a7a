/** The page views of the website activity example, as its producer sends them: 10,000 real records. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const file = join(import.meta.dirname, '../../examples/website-activity/access.log.gz');

export interface WebLogRecord {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

export function readWebLog(): readonly WebLogRecord[] {
  const lines = gunzipSync(readFileSync(file)).toString().trim().split('\n');
  return lines.map(line => {
    const [visitor = '', , , time, , method, path, , status, bytes, referrer, ...agent] = line.split(' ');
    const value = { time, method, path, status, bytes, referrer, agent: agent.join(' ') };
    return { key: Buffer.from(visitor), value: Buffer.from(JSON.stringify(value)) };
  });
}
