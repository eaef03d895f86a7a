/** The app over the memory adapters, and the few calls that tests make of it. */
import { createApp } from '../../lib/http/app.ts';
import type { HttpServices } from '../../lib/http/services.ts';
import { ClusterId } from '../../lib/topics/cluster-id.ts';
import { Worker } from '../../lib/topics/workers.ts';
import { noTriggers } from '../../lib/triggers/services.ts';
import { memoryStores, type TestStores, type TestWorker } from '../support/memory-services.ts';
import { checkAnswer } from './answer-schema.ts';

export interface TestApp {
  readonly app: ReturnType<typeof createApp>;
  readonly stores: TestStores;
  readonly worker: TestWorker;
  readonly services: HttpServices;
  /** Errors that the app told its log of. */
  readonly bugs: unknown[];
  /** The path of the cluster on v3. */
  readonly v3: string;
  /** Creates a topic. */
  topic(name: string, partitions?: number, configs?: Readonly<Record<string, string>>): Promise<void>;
  /** Reads a partition from the offset, without waiting. */
  read(topic: string, offset?: number, init?: RequestInit, maxBytes?: number): Promise<Response>;
}

type AppOptions = Parameters<typeof createApp>[1];

export async function testApp(options: AppOptions = {}): Promise<TestApp> {
  const stores = memoryStores();
  const worker = stores.worker();
  const services: HttpServices = {
    ...worker.services,
    clusterId: new ClusterId(worker.services),
    worker: new Worker(worker.services, { host: '127.0.0.1', port: 8082 }),
    replicationFactor: 1,
    triggers: noTriggers,
  };
  const bugs: unknown[] = [];
  const app = createApp(services, { log: error => bugs.push(error), ...options });
  const v3 = `/v3/clusters/${await services.clusterId.get()}`;
  const request = app.request;
  app.request = async (input, init, ...more) => {
    const response = await request(input, init, ...more);
    if (typeof input === 'string') await checkAnswer(init?.method ?? 'GET', input, response);
    return response;
  };
  return {
    app,
    stores,
    worker,
    services,
    bugs,
    v3,
    async topic(name, partitions = 1, configs = {}) {
      const body = {
        topic_name: name,
        partitions_count: partitions,
        configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
      };
      const response = await app.request(`${v3}/topics`, send(body));
      if (response.status !== 201) throw new Error(await response.text());
    },
    async read(topic, offset = 0, init = {}, maxBytes = 1_000_000) {
      const query = `offset=${offset}&timeout=0&max_bytes=${maxBytes}`;
      return app.request(`/topics/${topic}/partitions/0/records?${query}`, init);
    },
  };
}

/** A request with a JSON body. */
export const send = (body: unknown, type = 'application/json', method = 'POST'): RequestInit => ({
  method,
  headers: { 'Content-Type': type },
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

export const sendJson = (body: unknown) => send(body, 'application/vnd.kafka.json.v2+json');

export const sendBinary = (body: unknown) => send(body, 'application/vnd.kafka.binary.v2+json');

export const sendRaw = (body: Uint8Array): RequestInit => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/vnd.millrace.record-batch' },
  body: new Uint8Array(body),
});

export const accept = (type: string): RequestInit => ({ headers: { Accept: type } });

export const acceptJson = accept('application/vnd.kafka.json.v2+json');

export const acceptRaw = accept('application/vnd.millrace.record-batch');

export interface AnsweredError {
  readonly status: number;
  readonly error_code: number;
  readonly message: string;
}

/** The status and body of an error. */
export async function errorOf(response: Response | Promise<Response>): Promise<AnsweredError> {
  const answered = await response;
  return { status: answered.status, ...((await answered.json()) as Omit<AnsweredError, 'status'>) };
}

// biome-ignore lint/suspicious/noExplicitAny: what a test looks into is whatever the answer is
export const jsonOf = async (response: Response | Promise<Response>): Promise<any> => (await response).json();
