/** JSON keys and values: stored as their text in one canonical form, and answered as they are stored. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type Client, mediaType } from './client.ts';
import { acknowledged, recordsPath, reportsOf, type Stored } from './support/produce.ts';
import { readPage, readTexts } from './support/read.ts';

/** What is sent, and what is stored: no white space between tokens, strings with the fewest escapes. */
const forms: [sent: string, stored: string][] = [
  [' { "a" : [ 1 , 2 ] , "b" : { } } ', '{"a":[1,2],"b":{}}'],
  ['\r\n\t[\n]\t', '[]'],
  ['"\\u0041\\u00e9\\ud83d\\ude80"', '"Aé🚀"'],
  ['"\\/\\"\\\\\\n\\u000a\\u0000"', '"/\\"\\\\\\n\\n\\u0000"'],
  ['"a b  c"', '"a b  c"'],
  ['{"b":1,"a":2}', '{"b":1,"a":2}'],
  ['{"2":1,"1":2}', '{"2":1,"1":2}'],
  ['{"a":1,"a":2}', '{"a":1,"a":2}'],
  ['1.0', '1.0'],
  ['-0', '-0'],
  ['1E+2', '1E+2'],
  ['"\\ud800"', '"\\ud800"'],
];

export function jsonValueCases(client: Client): void {
  let topic: string;

  beforeAll(async () => {
    topic = await client.createTopic({ partitions: 16 });
  });

  const onlyOne = (stored: readonly Stored[]) => stored[0] ?? expect.fail('nothing is acknowledged');

  const produceText = async (record: string) => {
    const body = `{"records":[${record}]}`;
    return onlyOne(acknowledged(await client.send('POST', `/topics/${topic}`, { body, type: mediaType.json })));
  };

  describe.each(forms)('the JSON %j', (sent, stored) => {
    it('is stored in its canonical form, and answered so', async () => {
      const at = await produceText(`{"value":${sent}}`);
      expect(await readTexts(client, topic, at)).toEqual([stored]);
      expect((await readPage(client, topic, at)).text).toContain(`"value":${stored}`);
    });

    it('is the same on v3', async () => {
      const body = `{"value":{"type":"JSON","data":${sent}}}`;
      const [report] = reportsOf(await client.send('POST', recordsPath(topic), { body, type: 'application/json' }));
      const {
        partition_id: partition,
        offset,
        value,
      } = report as { partition_id: number; offset: number; value: unknown };
      expect(value).toEqual({ type: 'JSON', size: Buffer.byteLength(stored) });
      expect(await readTexts(client, topic, { partition, offset })).toEqual([stored]);
    });

    it('is one key, however it is written', async () => {
      const [first, second] = [await produceText(`{"key":${sent}}`), await produceText(`{"key":${stored}}`)];
      expect(first.partition).toBe(second.partition);
    });
  });
}
