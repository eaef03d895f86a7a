/** The requests of one client: each is sent again where that is safe, and ends with the client. */
import { type ApiAnswer, type ApiRequest, bodyOf, type ExchangeOptions, exchange } from './exchange.ts';
import { retry } from './retry.ts';
import type { ClientTiming } from './timing.ts';

/** Keys and values as JSON. */
export const JSON_RECORDS = 'application/vnd.kafka.json.v2+json';

export interface ApiCallerOptions extends ExchangeOptions {
  readonly timing: ClientTiming;
  readonly signal: AbortSignal | undefined;
}

export class ApiCaller {
  readonly timing: ClientTiming;
  readonly #options: ExchangeOptions;
  readonly #signal: AbortSignal | undefined;
  #clusterId: string | undefined;

  constructor({ timing, signal, ...options }: ApiCallerOptions) {
    this.timing = timing;
    this.#signal = signal;
    this.#options = options;
  }

  async clusterId(): Promise<string> {
    this.#clusterId ??= await this.call({ method: 'GET', path: '/v3/clusters' }, firstClusterId);
    return this.#clusterId;
  }

  async clusterPath(rest: string): Promise<string> {
    return `/v3/clusters/${await this.clusterId()}${rest}`;
  }

  /** `read` makes of an answer what it stands for, or throws; what it throws decides whether to try again. */
  call<T>(request: ApiRequest, read: (answer: ApiAnswer) => T, { repeatable = true } = {}): Promise<T> {
    const signals = [this.#signal, request.signal].filter(signal => signal !== undefined);
    const signal = AbortSignal.any(signals);
    return retry({ timing: this.timing, repeatable, signal }, async () =>
      read(await exchange(this.#options, { ...request, signal })),
    );
  }
}

/** An answer that has no body. @throws RequestError for one that says what is wrong */
export function expectNothing(answer: ApiAnswer): void {
  if (answer.status !== 204) bodyOf(answer);
}

function firstClusterId(answer: ApiAnswer): string {
  const [cluster] = bodyOf<{ readonly data: readonly { readonly cluster_id: string }[] }>(answer).data;
  if (cluster) return cluster.cluster_id;
  throw new Error('the server lists no cluster');
}
