import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mediaType } from '../../lib/http/media-type.ts';
import { routes } from '../../lib/http/routes.ts';
import { testApp } from './support.ts';

/** `.` and `..` never reach a server: a URL that has one as a segment, encoded or not, is another URL. */
const isSegment = (text: string) => !/^\.{1,2}$/.test(text);
const segment = fc.oneof(
  fc.constantFrom('t', '0', '-1', '__proto__', '%', '%00', '*', ':x'),
  fc.string().filter(isSegment),
);
const scalar = fc.oneof(fc.constantFrom<unknown>(null, 0, 1, -1, 1e300, 't', '', 'YQ==', true, {}, []), fc.jsonValue());
const data = fc.record(
  { type: fc.constantFrom('JSON', 'BINARY', 'STRING', 'AVRO'), data: scalar },
  { requiredKeys: [] },
);
const record = fc.record(
  {
    id: scalar,
    key: fc.oneof(scalar, data),
    value: fc.oneof(scalar, data),
    partition: scalar,
    partition_id: scalar,
    timestamp: scalar,
    headers: fc.oneof(scalar, fc.array(fc.record({ key: scalar, name: scalar, value: scalar }, { requiredKeys: [] }))),
  },
  { requiredKeys: [] },
);
const fetched = fc.record(
  { partition: scalar, fetch_offset: scalar, partition_max_bytes: scalar },
  { requiredKeys: [] },
);
const body = fc.oneof(
  fc.string(),
  fc.json(),
  record.map(value => JSON.stringify(value)),
  fc.array(record).map(records => JSON.stringify({ records })),
  fc.array(record).map(entries => JSON.stringify({ entries })),
  fc.array(record).map(records => records.map(each => JSON.stringify(each)).join('')),
  fc
    .record({ topic: fc.oneof(fc.constant('t'), scalar), partitions: fc.array(fetched) })
    .map(topic => JSON.stringify({ max_wait_ms: 0, topics: [topic] })),
  fc
    .array(fc.record({ partition_id: scalar, offset: scalar }, { requiredKeys: [] }))
    .map(partitions => JSON.stringify({ partitions })),
);
const anyType = fc.constantFrom('text/plain', '', ...Object.values(mediaType));
const query = fc.dictionary(
  fc.constantFrom('offset', 'max_bytes', 'offset_type', 'timestamp', 'from_offset', 'page_size', '__proto__'),
  fc.constantFrom('0', '1', '-1', '', 'timestamp', 'latest', 'max_timestamp', '9007199254740992'),
);
/** No wait: the test's clock stands still. */
const noWait = { timeout: '0' };

describe('any request', () => {
  it('is answered, and by no bug', async () => {
    const { app, v3, topic, bugs } = await testApp();
    await topic('t', 2);
    const cluster = v3.split('/').at(-1) ?? '';
    const anyRequest = fc.record({
      route: fc.constantFrom(...routes.filter(({ method }) => method !== 'DELETE')),
      segments: fc.array(segment, { minLength: 3, maxLength: 3 }),
      query,
      body,
      sent: anyType,
      accepted: anyType,
    });
    await fc.assert(
      fc.asyncProperty(anyRequest, async ({ route, segments, query: asked, body: sentBody, sent, accepted }) => {
        const left = [...segments];
        const path = route.path
          .replace('{cluster_id}', cluster)
          .replace(/\{\w+\}/g, () => encodeURIComponent(left.shift()?.toWellFormed() ?? ''));
        const headers = { Accept: accepted || '*/*', ...(sent && { 'Content-Type': sent }) };
        const init = {
          method: route.method,
          headers,
          ...(route.method !== 'GET' && { body: sentBody.toWellFormed() }),
        };
        const response = await app.request(`${path}?${new URLSearchParams({ ...noWait, ...asked })}`, init);
        expect(response.status).toBeLessThan(500);
        expect(bugs).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });
});
