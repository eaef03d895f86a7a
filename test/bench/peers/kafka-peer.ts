/**
 * Clients of Apache Kafka that send the same Produce request over and over, made beforehand like the requests over HTTP: the
 * load generator has as little to do for Kafka as for the others.
 *
 * Version 3 of the request, the oldest that a broker of today takes: https://kafka.apache.org/protocol#The_Messages_Produce.
 */
import { setTimeout } from 'node:timers/promises';
import { Admin } from '@platformatic/kafka';
import { connected, RequestSocket } from '../request-socket.ts';
import { batchOf, type Shape } from '../workload.ts';
import type { KafkaBroker } from './kafka-broker.ts';
import type { OpenClient, Peer } from './peer.ts';

const PRODUCE = 0;
const VERSION = 3;
const ACKS_ALL = -1;
const TIMEOUT_MS = 30_000;

/** What a broker answers that has not yet heard of a new topic: UNKNOWN_TOPIC_OR_PARTITION, NOT_LEADER_OR_FOLLOWER. */
const NOT_YET = [3, 6];
const RETRY_MS = 20;

let topicsMade = 0;

export function kafkaPeer({ port }: KafkaBroker): Peer {
  return {
    async createStreams(count) {
      const topic = `peer-${topicsMade++}`;
      await using admin = new ClosingAdmin({ clientId: 'bench', bootstrapBrokers: [`127.0.0.1:${port}`] });
      await admin.createTopics({ topics: [topic], partitions: count, replicas: 1 });
      return Array.from({ length: count }, (_, partition) => `${topic}/${partition}`);
    },
    async openAppender(stream, shape): Promise<OpenClient> {
      const [topic = '', partition] = stream.split('/');
      const request = produceRequest(topic, Number(partition), shape);
      const connection = await KafkaConnection.open(port);
      const next = async () => {
        let code = errorCodeOf(await connection.send(request), topic);
        while (NOT_YET.includes(code)) {
          await setTimeout(RETRY_MS);
          code = errorCodeOf(await connection.send(request), topic);
        }
        if (code !== 0) throw new Error(`Kafka answered with error ${code}`);
        return { records: shape.batchRecords, bytes: request.byteLength };
      };
      return { next, close: () => connection.close() };
    },
  };
}

class ClosingAdmin extends Admin {
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** With its length before it. Every request has the same correlation id: a connection has one on its way. */
function produceRequest(topic: string, partition: number, shape: Shape): Buffer {
  const batch = batchOf(shape);
  const request = Buffer.concat([
    int16(PRODUCE, VERSION),
    int32(0), // correlation id
    int16(-1, -1, ACKS_ALL), // no client id, no transaction
    int32(TIMEOUT_MS, 1), // one topic
    int16(topic.length),
    Buffer.from(topic),
    int32(1, partition, batch.byteLength), // one partition
    batch,
  ]);
  return Buffer.concat([int32(request.byteLength), request]);
}

/** After the length, the correlation id, the topic's name and the partition's number. */
const errorCodeOf = (answer: Buffer, topic: string): number => answer.readInt16BE(4 + 4 + 4 + 2 + topic.length + 4 + 4);

function int16(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [index, value] of values.entries()) bytes.writeInt16BE(value, index * 2);
  return bytes;
}

function int32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeInt32BE(value, index * 4);
  return bytes;
}

class KafkaConnection extends RequestSocket<Buffer> {
  #received: Buffer = Buffer.alloc(0);

  static async open(port: number): Promise<KafkaConnection> {
    return new KafkaConnection(await connected(port), 'Kafka');
  }

  protected override take(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    if (this.#received.length < 4 || this.#received.length < 4 + this.#received.readInt32BE(0)) return;
    const answer = this.#received;
    this.#received = Buffer.alloc(0);
    this.settle(answer);
  }
}
