/**
 * The client of the conformance cases: HTTP to a base URL and nothing else, so that the embedded server and a deployed
 * stack run the same ones.
 *
 * Topics get names that no other run has and are deleted at the end, so that runs can share a deployment. A path that
 * begins with `…` is one of the issue's: `…` is `/v3/clusters/<the cluster's id>`.
 */
import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';

/** Exact media types of v2, and the one of raw batches. */
export const mediaType = {
  v2: 'application/vnd.kafka.v2+json',
  json: 'application/vnd.kafka.json.v2+json',
  binary: 'application/vnd.kafka.binary.v2+json',
  batch: 'application/vnd.millrace.record-batch',
} as const;

export interface SendOptions {
  /** Written as JSON; its Content-Type is `application/json` unless `type` says otherwise. */
  readonly json?: unknown;
  /** Sent as it is, without a Content-Type unless `type` gives one. */
  readonly body?: string | Uint8Array;
  readonly type?: string;
  readonly accept?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer, read to its end. */
export class Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;

  constructor(status: number, headers: Headers, bytes: Buffer) {
    this.status = status;
    this.headers = headers;
    this.bytes = bytes;
  }

  get text(): string {
    return this.bytes.toString();
  }

  get json(): unknown {
    try {
      return JSON.parse(this.text);
    } catch (cause) {
      throw new Error(`${this.status} with a body that is not JSON: ${this.text.slice(0, 500)}`, { cause });
    }
  }

  /** The media type, without its parameters. */
  get type(): string | undefined {
    return this.headers.get('content-type')?.split(';')[0]?.trim();
  }
}

export interface TopicOptions {
  readonly partitions?: number;
  readonly configs?: Readonly<Record<string, string>>;
}

/** Topics deleted side by side at the end. */
const DELETED_AT_ONCE = 8;

export class Client {
  readonly #url: () => string;
  readonly #run = randomBytes(5).toString('hex');
  /** Every topic's partitions as it was created; 0 where that was not by `createTopic`. */
  readonly #topics = new Map<string, number>();
  #clusterId: Promise<string> | undefined;
  #names = 0;

  /** The URL is asked for at each request: cases are declared before the server is there. */
  constructor(url: () => string) {
    this.#url = url;
  }

  /** For clients that bring their own way of sending. */
  get url(): string {
    return this.#url();
  }

  async send(method: string, path: string, options: SendOptions = {}): Promise<Answer> {
    const { json, type = json === undefined ? undefined : 'application/json', accept } = options;
    const body = json === undefined ? options.body : JSON.stringify(json);
    const response = await fetch(this.#url() + (await this.#resolve(path)), {
      method,
      headers: { ...(type && { 'content-type': type }), ...(accept && { accept }), ...options.headers },
      // Bytes, for which fetch makes up no Content-Type.
      ...(body !== undefined && { body: Buffer.from(body) }),
    });
    return new Answer(response.status, response.headers, Buffer.from(await response.arrayBuffer()));
  }

  get(path: string, accept?: string): Promise<Answer> {
    return this.send('GET', path, accept === undefined ? {} : { accept });
  }

  /** Follows a link of an answer by its path: an emulator's front door has a name that this machine may not know. */
  follow(link: string): Promise<Answer> {
    const { pathname, search } = new URL(link);
    return this.get(pathname.slice(pathname.indexOf('/v3/')) + search);
  }

  post(path: string, json: unknown, type = 'application/json'): Promise<Answer> {
    return this.send('POST', path, { json, type });
  }

  clusterId(): Promise<string> {
    this.#clusterId ??= this.#readClusterId();
    return this.#clusterId;
  }

  /** A name that no other run has; a topic that is created under it is deleted at the end. */
  newName(): string {
    const name = `conf-${this.#run}-${++this.#names}`;
    this.#topics.set(name, 0);
    return name;
  }

  /** Creates a topic under a name of its own. */
  async createTopic({ partitions = 1, configs = {} }: TopicOptions = {}): Promise<string> {
    const topic_name = this.newName();
    const answer = await this.post('…/topics', {
      topic_name,
      partitions_count: partitions,
      configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
    });
    expect(answer.status, answer.text).toBe(201);
    this.#topics.set(topic_name, partitions);
    return topic_name;
  }

  /** How many partitions the topic was created with, by `createTopic`. */
  partitionsOf(topic: string): number {
    return this.#topics.get(topic) || expect.fail(`${topic} is not of this run`);
  }

  /** Deletes what this run created. */
  async deleteTopics(): Promise<void> {
    const names = [...this.#topics.keys()];
    for (let first = 0; first < names.length; first += DELETED_AT_ONCE) {
      const group = names.slice(first, first + DELETED_AT_ONCE);
      await Promise.all(group.map(name => this.send('DELETE', `…/topics/${name}`)));
    }
  }

  async #readClusterId(): Promise<string> {
    const { data } = (await this.get('/v3/clusters')).json as { data: { cluster_id: string }[] };
    return data[0]?.cluster_id ?? expect.fail('GET /v3/clusters lists no cluster');
  }

  async #resolve(path: string): Promise<string> {
    return path.startsWith('…') ? `/v3/clusters/${await this.clusterId()}${path.slice(1)}` : path;
  }
}
