/** Millrace and the durable-streams server, over HTTP, each in the two forms in which it takes records. */
import { HttpConnection, numberInHead, type RequestParts, requestBytes } from '../http-connection.ts';
import type { Client } from '../load.ts';
import type { Format } from '../results.ts';
import type { ServerProcess } from '../server-process.ts';
import { createTopic } from '../topics.ts';
import { batchOf, bodyOf, mediaTypes, type Shape, valuesOf } from '../workload.ts';
import type { OpenClient, Peer } from './peer.ts';

/** More than a stream holds that is read. */
const PAGE_BYTES = 4 * 1024 * 1024;

let streamsMade = 0;

export function millracePeer({ port, url }: ServerProcess, format: Format): Peer {
  return {
    async createStreams(count) {
      const topic = `peer-${streamsMade++}`;
      await createTopic(url, topic, count);
      return Array.from({ length: count }, (_, partition) => `/topics/${topic}/partitions/${partition}`);
    },
    openAppender: (path, shape) =>
      openAppender(port, shape, {
        path,
        headers: { 'content-type': mediaTypes[format], accept: 'application/vnd.kafka.v2+json' },
        body: bodyOf(shape, format),
      }),
    openReader: (stream, records) =>
      openClient(port, connection => millraceReader(connection, stream, records, format)),
  };
}

/** Reads on from where each answer ends, until all is read. */
function millraceReader(connection: HttpConnection, stream: string, records: number, format: Format): Client {
  return async () => {
    let bytes = 0;
    for (let offset = 0; offset < records; ) {
      const path = `${stream}/records?offset=${offset}&timeout=0&max_bytes=${PAGE_BYTES}`;
      const { head, bodyBytes } = await connection.send(get(path, { accept: mediaTypes[format] }));
      const nextOffset = numberInHead(head, 'millrace-next-offset');
      if (!(nextOffset > offset)) throw new Error(`${path} ends at ${nextOffset}`);
      offset = nextOffset;
      bytes += bodyBytes;
    }
    return { records, bytes };
  };
}

/** A stream of JSON takes each item of an array as a message; a stream of bytes takes what it is given. */
export function durableStreamsPeer({ port, url }: ServerProcess, format: Format): Peer {
  const headers = { 'content-type': format === 'json' ? 'application/json' : 'application/octet-stream' };
  const bodyOfAppend = (shape: Shape) =>
    format === 'json' ? Buffer.from(`[${valuesOf(shape).join(',')}]`) : batchOf(shape);
  return {
    async createStreams(count) {
      const paths = Array.from({ length: count }, () => `/peer-${streamsMade++}`);
      for (const path of paths) {
        const { ok, status } = await fetch(`${url}${path}`, { method: 'PUT', headers });
        if (!ok) throw new Error(`PUT ${path} answered ${status}`);
      }
      return paths;
    },
    openAppender: (path, shape) => openAppender(port, shape, { path, headers, body: bodyOfAppend(shape) }),
    openReader: (path, records) =>
      openClient(port, connection => async () => {
        const { bodyBytes } = await connection.send(get(`${path}?offset=-1`, {}));
        return { records, bytes: bodyBytes };
      }),
  };
}

const get = (path: string, headers: RequestParts['headers']): Buffer => requestBytes({ method: 'GET', path, headers });

function openAppender(port: number, shape: Shape, parts: Omit<RequestParts, 'method'>): Promise<OpenClient> {
  const request = requestBytes({ method: 'POST', ...parts });
  return openClient(port, connection => async () => {
    await connection.send(request);
    return { records: shape.batchRecords, bytes: request.byteLength };
  });
}

async function openClient(port: number, client: (connection: HttpConnection) => Client): Promise<OpenClient> {
  const connection = await HttpConnection.open(port);
  return { next: client(connection), close: () => connection.close() };
}
