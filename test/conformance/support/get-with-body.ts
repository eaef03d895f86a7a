/** GET with a body, as Confluent's v2 asks for committed offsets: `fetch` refuses to send one. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Answer, type Client, mediaType } from '../client.ts';

/** @param path without `…` */
export async function getWithBody(
  client: Client,
  path: string,
  body: string,
  type: string = mediaType.v2,
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const url = client.url + path;
  const send = url.startsWith('https:') ? httpsRequest : httpRequest;
  const headers = { accept: '*/*', 'content-type': type, 'content-length': Buffer.byteLength(body) };
  const sent = send(url, { method: 'GET', headers }, async response => {
    try {
      const bytes = Buffer.concat(await response.toArray());
      const named = Object.entries(response.headers).map(([name, value]) => [name, String(value)] as [string, string]);
      resolve(new Answer(response.statusCode ?? 0, new Headers(named), bytes));
    } catch (error) {
      reject(error);
    }
  });
  sent.on('error', reject);
  sent.end(body);
  return promise;
}
