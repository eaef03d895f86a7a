/**
 * A Millrace of one topic behind a `fetch`: as much of the API as the client's tests need, and a fate for each request.
 *
 * Batches with a sequence are stored once, those without as often as they come, as in the real one.
 */
import type { ClientTiming } from '../../lib/client/timing.ts';
import { type ErrorCode, errorTable } from '../../lib/protocol/errors.ts';

/** What befalls a request: all is well; it is applied but its answer is lost; or it is refused, and not applied. */
export type Fate = 'answered' | 'answer lost' | ErrorCode;

interface StoredRecord {
  readonly key: unknown;
  readonly value: unknown;
}

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly body: { readonly sequence?: number; readonly records?: readonly StoredRecord[] } | undefined;
}

const PRODUCER_ID = 7;

export class FakeMillrace {
  readonly seen: SeenRequest[] = [];
  /** Of the next requests to produce, first to last; all is well afterwards. */
  readonly fates: Fate[] = [];
  readonly #logs: readonly StoredRecord[][];
  readonly #stored = new Map<string, number>();

  constructor(partitions = 1) {
    this.#logs = Array.from({ length: partitions }, () => []);
  }

  /** Of the requests to produce, in their order. */
  get sequences(): (number | undefined)[] {
    return this.seen.filter(isProduce).map(({ body }) => body?.sequence);
  }

  values(partition = 0): unknown[] {
    return this.#log(partition).map(({ value }) => value);
  }

  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    init?.signal?.throwIfAborted();
    const { pathname, search } = new URL(String(input));
    const body = typeof init?.body === 'string' ? JSON.parse(init.body) : undefined;
    const request = { method: init?.method ?? 'GET', path: pathname + search, body };
    this.seen.push(request);
    const fate = isProduce(request) ? (this.fates.shift() ?? 'answered') : 'answered';
    if (fate !== 'answered' && fate !== 'answer lost') return refuse(fate);
    const response = await this.#answer(request, init?.signal ?? undefined);
    if (fate === 'answer lost') throw new TypeError('fetch failed', { cause: new Error('socket hang up') });
    return response;
  };

  async #answer(request: SeenRequest, signal: AbortSignal | undefined): Promise<Response> {
    const { pathname, searchParams } = new URL(request.path, 'http://fake');
    const partition = Number(/partitions\/([0-9]+)/.exec(pathname)?.[1]);
    if (isProduce(request)) return this.#append(partition, request);
    if (pathname.endsWith('/records')) return this.#read(partition, Number(searchParams.get('offset')), signal);
    if (pathname.endsWith('/producers')) return Response.json({ producer_id: PRODUCER_ID, producer_epoch: 0 });
    if (pathname.endsWith('/partitions')) return Response.json(this.#logs.map((_, index) => ({ partition: index })));
    if (pathname === '/v3/clusters') return Response.json({ data: [{ cluster_id: 'fake' }] });
    return Response.json({ error_code: 404, message: `there is no ${request.path}` }, { status: 404 });
  }

  #append(partition: number, { body }: SeenRequest): Response {
    const records = body?.records ?? [];
    const batch = body?.sequence === undefined ? undefined : `${partition}/${body.sequence}`;
    const log = this.#log(partition);
    const known = batch === undefined ? undefined : this.#stored.get(batch);
    const baseOffset = known ?? log.length;
    if (known === undefined) log.push(...records);
    if (batch !== undefined) this.#stored.set(batch, baseOffset);
    return Response.json({
      offsets: records.map((_, index) => ({ partition, offset: baseOffset + index, error_code: null, error: null })),
    });
  }

  /** At most two records a page; waits at the end until it is called off. */
  async #read(partition: number, offset: number, signal: AbortSignal | undefined): Promise<Response> {
    const log = this.#log(partition);
    if (offset === log.length) await new Promise((_, reject) => signal?.addEventListener('abort', reject));
    const records = log.slice(offset, offset + 2).map((record, index) => ({ ...record, offset: offset + index }));
    const headers = {
      'millrace-next-offset': String(offset + records.length),
      'millrace-high-watermark': String(log.length),
    };
    return Response.json(records, { headers });
  }

  #log(partition: number): StoredRecord[] {
    const log = this.#logs[partition];
    if (!log) throw new Error(`there is no partition ${partition}`);
    return log;
  }
}

/** Sleeps at once, and remembers for how long. */
export class FakeTiming implements ClientTiming {
  readonly sleptMs: number[] = [];
  #now = 0;

  async sleep(ms: number): Promise<void> {
    this.sleptMs.push(ms);
    this.#now += ms;
  }

  now(): number {
    return this.#now;
  }

  random(): number {
    return 0.5;
  }
}

const isProduce = ({ method, body }: SeenRequest): boolean => method === 'POST' && body?.records !== undefined;

function refuse(code: ErrorCode): Response {
  const { kafkaName, retriable, v2 } = errorTable[code];
  const body = { error_code: v2.errorCode, message: `${kafkaName}: as the test asked for` };
  return Response.json(body, { status: v2.status, headers: retriable ? { 'retry-after': '3' } : {} });
}
